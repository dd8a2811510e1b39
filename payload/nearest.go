package payload

import "strings"

// Nearest returns the name of those known that the writer of name may have meant, "" when
// there is none.
func Nearest(name string, known []string) string {
	nearest, least := "", 0
	for _, k := range known {
		if d := distance(name, k); near(name, k, d) && (nearest == "" || d < least) {
			nearest, least = k, d
		}
	}
	return nearest
}

// near reports whether the writer of name may have meant known.
func near(name, known string, distance int) bool {
	name, known = plainName(name), plainName(known)
	return distance <= max(1, len(known)/3) || len(name) > 2 && (strings.Contains(known, name) || strings.Contains(name, known) && len(known) > 2)
}

// plainName returns a name as those who spell names in another style would.
func plainName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
}

// distance returns how many characters have to be put in, taken out, replaced or
// exchanged with their neighbour to make one name of another.
func distance(one, other string) int {
	one, other = plainName(one), plainName(other)
	if len(one) > 2*len(other)+2 {
		return len(one) // a stranger's text may be long
	}
	rows := make([][]int, len(one)+1)
	for i := range rows {
		rows[i] = make([]int, len(other)+1)
		for j := range rows[i] {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
				continue
			case one[i-1] == other[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = 1 + min(rows[i-1][j-1], rows[i-1][j], rows[i][j-1])
			}
			if i > 1 && j > 1 && one[i-1] == other[j-2] && one[i-2] == other[j-1] {
				rows[i][j] = min(rows[i][j], 1+rows[i-2][j-2])
			}
		}
	}
	return rows[len(one)][len(other)]
}
