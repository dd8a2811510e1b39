package main

import (
	"regexp"
	"slices"
	"strings"
)

// row is one line of the table.
type row struct {
	name   string // that -rows matches
	what   string
	budget budget
	unit   unit
	needs  []string // trials
	of     func(results) []float64
}

var (
	ratio        = unit{decimals: 3}
	times        = unit{decimals: 1, suffix: " times"}
	perSecond    = unit{decimals: 0, suffix: " /s"}
	seconds      = unit{decimals: 1, suffix: " s"}
	milliseconds = unit{decimals: -1, suffix: " ms"}
	megabytes    = unit{decimals: 0, suffix: " MB"}
	bytesEach    = unit{decimals: 0, suffix: " bytes"}
)

// allRows lists the lines of the table. A row without a budget is there to read
// the others by: on another machine it differs, and so may the ratios.
func allRows() []row {
	return slices.Concat(placeRows(), lagRows(), floodRows(), readRows(), startRows(), lambdaRows(), sizeRows())
}

func placeRows() []row {
	return []row{
		plain("ceiling-64", "plain net/http, 64 connections", budget{}, perSecond, "ceiling-64", "rate"),
		plain("place-64-rate", "POST /orders, 64 connections, fresh store", budget{}, perSecond, "place-64", "rate"),
		quotient("place-64", "POST /orders to plain net/http, 64 connections, fresh store", budget{least: 0.25}, ratio, "place-64", "ceiling-64"),
		plain("place-64-p99", "the same, 99th percentile of the time to the answer", budget{below: 25}, milliseconds, "place-64", "p99"),
		plain("pocketbase-rate", "PocketBase creating the same record, 64 connections", budget{}, perSecond, "pocketbase-64", "rate"),
		quotient("pocketbase", "POST /orders to PocketBase, 64 connections", budget{least: 5}, times, "place-64", "pocketbase-64"),
		quotient("place-256", "POST /orders to plain net/http, 256 connections, fresh store", budget{least: 0.30}, ratio, "place-256", "ceiling-256"),
		plain("place-256-p99", "the same, 99th percentile", budget{below: 50}, milliseconds, "place-256", "p99"),
		quotient("place-large", "POST /orders on the large store to the fresh one, 64 connections", budget{least: 0.8}, ratio, "place-large-64", "place-64"),
		plain("place-large-p99", "the same, 99th percentile on the large store", budget{below: 50}, milliseconds, "place-large-64", "p99"),
	}
}

func lagRows() []row {
	return []row{
		plain("lag-p50", "from the answer of POST /orders to the order in GET /monitor, under the load below, median", budget{}, milliseconds, "lag-64", "p50"),
		plain("lag-p99", "the same, 99th percentile", budget{below: 1000}, milliseconds, "lag-64", "p99"),
		plain("lag-rate", "POST /orders meanwhile, 64 connections, fresh store", budget{}, perSecond, "lag-64", "rate"),
	}
}

func floodRows() []row {
	return []row{
		plain("flood-elsewhere", "sign-ins from 50 other sources during a flood of one source on 140 connections, 99th percentile", budget{}, milliseconds, "flood", "elsewhere"),
		plain("flood-own", "200 sign-ins from the source of the flood, all of them", budget{}, seconds, "flood", "own"),
		plain("flood-place", "POST /orders at 100/s beside the flood to without it, 99th percentile", budget{below: 1.5}, ratio, "flood", "slower"),
		plain("flood-place-p99", "the same beside the flood", budget{}, milliseconds, "flood", "beside"),
		plain("flood-place-64", "POST /orders on 64 connections beside the flood to without it, 99th percentile", budget{below: 1.5}, ratio, "flood", "slower-64"),
		plain("flood-place-64-p99", "the same beside the flood", budget{}, milliseconds, "flood", "beside-64"),
	}
}

func readRows() []row {
	return []row{
		plain("get-rate", "GET one order, large store, 64 connections", budget{}, perSecond, "get-large", "rate"),
		quotient("get", "growth of its cost from 1,000 orders to the large store", budget{below: 1.3}, ratio, "get-small", "get-large"),
		plain("latest-rate", "GET the latest 20 of a customer, large store, 64 connections", budget{}, perSecond, "latest-large", "rate"),
		quotient("latest", "growth of its cost from 1,000 orders to the large store", budget{below: 1.3}, ratio, "latest-small", "latest-large"),
	}
}

func startRows() []row {
	return []row{
		plain("start-empty", "process start to first answer, initialised directory", budget{below: 50}, milliseconds, "start-empty", "start"),
		plain("start-large", "the same on the large store", budget{below: 100}, milliseconds, "start-large", "start"),
		plain("start-killed", "the same after kill -9 under load", budget{below: 150}, milliseconds, "start-killed", "start"),
		plain("start-first", "the very first start, which makes directory, keys and administrator", budget{below: 400}, milliseconds, "start-first", "start"),
	}
}

func sizeRows() []row {
	return []row{
		plain("memory", "resident memory while the large store doubles under load, greatest", budget{below: 200}, megabytes, "memory", "peak"),
		plain("memory-end", "the same, at the end", budget{}, megabytes, "memory", "resident"),
		plain("disk", "database file an order placed and never edited", budget{below: 900}, bytesEach, "disk", "bytes"),
	}
}

// plain is a row that shows one metric of one trial.
func plain(name, what string, b budget, u unit, trial, metric string) row {
	return row{name: name, what: what, budget: b, unit: u, needs: []string{trial}, of: func(r results) []float64 {
		return r[trial+"."+metric]
	}}
}

// quotient is a row that shows the rate of one trial divided by that of another,
// round by round.
func quotient(name, what string, b budget, u unit, of, to string) row {
	return row{name: name, what: what, budget: b, unit: u, needs: []string{of, to}, of: func(r results) []float64 {
		return ratios(r[of+".rate"], r[to+".rate"])
	}}
}

func selectRows(rows []row, matching *regexp.Regexp) []row {
	return slices.DeleteFunc(rows, func(r row) bool { return !matching.MatchString(r.name) })
}

func rowNames(rows []row) string {
	var names []string
	for _, r := range rows {
		names = append(names, r.name)
	}
	return strings.Join(names, ", ")
}
