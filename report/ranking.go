package report

import (
	"cmp"
	"slices"
	"strings"
)

// ranking keeps the best counters, best first.
type ranking struct {
	most int
	best []part
	by   func(a, b part) int // negative: a is better
}

func byUnits(a, b part) int {
	return cmp.Or(cmp.Compare(b.units, a.units), strings.Compare(a.key.a, b.key.a), strings.Compare(a.key.b, b.key.b))
}

func byRevenue(a, b part) int {
	return cmp.Or(b.revenue.Compare(a.revenue), strings.Compare(a.key.a, b.key.a), strings.Compare(a.key.b, b.key.b))
}

func (r *ranking) offer(p part) {
	i, _ := slices.BinarySearchFunc(r.best, p, r.by)
	if i >= r.most {
		return
	}
	if len(r.best) == r.most {
		r.best = r.best[:r.most-1]
	}
	r.best = slices.Insert(r.best, i, p)
}

// rankings are those of a report.
type rankings struct {
	products, couriersByUnits, couriersByRevenue ranking
}

func newRankings(most int) *rankings {
	return &rankings{ranking{most: most, by: byUnits}, ranking{most: most, by: byUnits}, ranking{most: most, by: byRevenue}}
}

func (r *rankings) offer(p part) {
	switch {
	case p.orders <= 0: // nothing of it is left, or its orders are yet to be counted
	case p.kind == ofProduct:
		r.products.offer(p)
	case p.kind == ofCourier:
		r.couriersByUnits.offer(p)
		r.couriersByRevenue.offer(p)
	}
}
