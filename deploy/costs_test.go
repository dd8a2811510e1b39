package deploy

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// What an order's life is taken to be: how often each thing is done.
var life = []struct {
	operation string // row of the table in docs/dynamodb.md
	times     float64
}{
	{"place", 1},
	{"place again (a repetition)", 0.02},
	{"get", 3},
	{"list the latest 20", 1},
	{"queue, the oldest 20", 2},
	{"edit", 0.05},
	{"cancel by the owner", 0.05},
	{"acknowledge", 0.95},
	{"dispatch", 0.95},
	{"deliver", 0.95},
}

// Prices of us-east-1 in dollars, per million where nothing else is said.
const (
	priceWrite      = 0.625
	priceRead       = 0.125
	priceRequest    = 3.50         // API Gateway, REST
	priceInvocation = 0.20         // AWS Lambda
	priceGBSecond   = 0.0000133334 // AWS Lambda, arm64; one
	pricePipe       = 0.40
	pricePublish    = 0.50
	priceTrace      = 5.0
	priceLogs       = 0.50 // a GB taken in
	priceStored     = 0.45 // a GB and month of a table, with point-in-time recovery
	priceAlarm      = 0.10 // a metric of an alarm, a month
	priceMetric     = 0.30 // a metric of the program, a month
	priceDashboard  = 3.00 // a month
	priceKey        = 3.00 // requests for the tables' key, which is one of KMS's
)

// What was assumed, because only AWS could say.
const (
	secondsOfRequest = 0.015 // of a function, billed
	secondsOfBatch   = 0.1   // of the function that counts, billed
	bytesOfLogs      = 1200  // of a request: access log, start, end, metrics
	bytesOfOrder     = 1600  // stored: table, indexes, their overhead
	monthsKept       = 12    // of orders, all told
	customMetrics    = 50
)

// What reports cost by the measurement in docs/measurements.md: a window of a shard in
// which anything happens writes and reads every page that it touches, at one order a second
// as at a hundred.
const (
	windowWrites = (6.40 + 0.6) * 45 / 4
	windowReads  = 2.3 * 45 / 4
	shards       = 4
	month        = 30 * 24 * 3600.0    // seconds
	windows      = shards * month / 45 // of all shards, in a month
)

// costsTable returns the table of costs of a month, at three sizes.
func costsTable(t *testing.T) string {
	t.Helper()
	units := unitsOf(t)
	requests, reads, writes := 0.0, 0.0, 0.0
	for _, l := range life {
		u, ok := units[l.operation]
		if !ok {
			t.Fatalf("docs/dynamodb.md has no row %q", l.operation)
		}
		requests, reads, writes = requests+l.times, reads+l.times*u.read, writes+l.times*u.write
	}
	var b strings.Builder
	fmt.Fprintf(&b, "An order's life here: %.2f requests of the API, %.1f read units and %.2f write units.\n\n", requests, reads, writes)
	sizes := []float64{10_000, 1_000_000, 30_000_000}
	b.WriteString("| Dollars a month | 10,000 orders | 1,000,000 orders | 30,000,000 orders |\n|---|--:|--:|--:|\n")
	totals := make([]float64, len(sizes))
	for _, row := range costRows(requests, reads, writes, alarmMetrics(t)) {
		fmt.Fprintf(&b, "| %s |", row.name)
		for i, orders := range sizes {
			cost := row.of(orders)
			totals[i] += cost
			fmt.Fprintf(&b, " %s |", dollars(cost))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "| **together** | **%s** | **%s** | **%s** |\n", dollars(totals[0]), dollars(totals[1]), dollars(totals[2]))
	fmt.Fprintf(&b, "| a thousand orders | %.3f | %.3f | %.3f |\n", totals[0]/sizes[0]*1000, totals[1]/sizes[1]*1000, totals[2]/sizes[2]*1000)
	return b.String()
}

type costRow struct {
	name string
	of   func(orders float64) float64
}

func costRows(requests, reads, writes, alarms float64) []costRow {
	const million = 1e6
	changes := 1 + 0.05 + 0.05 + 3*0.95 // that are announced
	return []costRow{
		{"API Gateway", func(n float64) float64 { return n * requests * priceRequest / million }},
		{"Lambda, requests", func(n float64) float64 { return n * requests * priceInvocation / million }},
		{"Lambda, time", func(n float64) float64 {
			return n * requests * secondsOfRequest * float64(usual.Memory) / 1024 * priceGBSecond
		}},
		{"DynamoDB, writes", func(n float64) float64 { return n * writes * priceWrite / million }},
		{"DynamoDB, reads", func(n float64) float64 { return n * reads * priceRead / million }},
		{"DynamoDB, reports", func(n float64) float64 {
			return min(n*changes, windows) * (windowWrites*priceWrite + windowReads*priceRead) / million
		}},
		{"Lambda, reports", func(n float64) float64 {
			return batches(n*changes) * (priceInvocation/million + secondsOfBatch*float64(sizes["reports"].Memory)/1024*priceGBSecond)
		}},
		{"DynamoDB, a year's orders stored", func(n float64) float64 { return n * monthsKept * bytesOfOrder / 1e9 * priceStored }},
		{"Pipe, enrichment and topic", func(n float64) float64 { return n * changes * (pricePipe + pricePublish + priceInvocation) / million }},
		{"Logs", func(n float64) float64 { return (n*requests + batches(n*changes)) * bytesOfLogs / 1e9 * priceLogs }},
		{"X-Ray, sampled", func(n float64) float64 { return traces(n*requests) * priceTrace / million }},
		{"KMS, the tables' key", func(n float64) float64 { return min(n*requests, keyRequests()) * priceKey / million }},
		{"Dashboard", func(float64) float64 { return priceDashboard }},
		{"Alarms", func(float64) float64 { return alarms * priceAlarm }},
		{"The program's metrics", func(float64) float64 { return customMetrics * priceMetric }},
	}
}

// traces returns how many requests of a month are traced: one a second and five in a hundred
// of the others.
func traces(requests float64) float64 {
	first := min(requests, month)
	return first + (requests-first)*0.05
}

// batches returns how often in a month the function that counts is invoked: as a batch is waited for, a shard
// invokes it so many times at most, and once more at the end of each window in which something happened.
func batches(changes float64) float64 {
	return min(changes, shards*month/float64(reportStream.BatchSeconds)) + min(changes, windows)
}

// keyRequests returns how often in a month DynamoDB asks KMS for keys at most: every five minutes for each
// table and role.
func keyRequests() float64 {
	pairs := 0
	for _, grants := range Grants {
		tables := map[string]bool{}
		for _, g := range grants {
			tables[g.Table] = true
		}
		pairs += len(tables)
	}
	return float64(pairs) * month / 300
}

// alarmMetrics returns on how many metrics the template has alarms.
func alarmMetrics(t *testing.T) float64 {
	t.Helper()
	files, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	n, inAlarm := 0, false
	for line := range strings.Lines(string(files["sam/template.yaml"])) {
		if kind, ok := strings.CutPrefix(line, "    Type: "); ok {
			inAlarm = strings.TrimSpace(kind) == "AWS::CloudWatch::Alarm"
		}
		if inAlarm && strings.Contains(line, "MetricName: ") {
			n++
		}
	}
	if n == 0 {
		t.Fatal("the template has no alarms")
	}
	return float64(n)
}

func dollars(d float64) string {
	if d < 10 {
		return fmt.Sprintf("%.2f", d)
	}
	text := fmt.Sprintf("%.0f", d)
	if n := len(text); n > 3 {
		text = text[:n-3] + "," + text[n-3:]
	}
	return text
}

type units struct{ read, write float64 }

// unitsOf returns the measured units of an order of two items, by operation, from the
// table that package dynamo measures.
func unitsOf(t *testing.T) map[string]units {
	t.Helper()
	text, err := os.ReadFile("../docs/dynamodb.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "<!-- capacity: begin -->")
	table, _, _ := strings.Cut(strings.TrimSpace(rest), "\n\n")
	out := map[string]units{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		number := func(i int) float64 {
			first, _, _ := strings.Cut(strings.TrimSpace(cells[i]), " ")
			n, err := strconv.ParseFloat(first, 64)
			if err != nil {
				return -1
			}
			return n
		}
		if read, write := number(3), number(4); read >= 0 && write >= 0 {
			out[strings.TrimSpace(cells[1])] = units{read, write}
		}
	}
	if len(out) == 0 {
		t.Fatal("docs/dynamodb.md has no table of measured units")
	}
	return out
}
