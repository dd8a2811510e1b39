package main

import (
	"context"
	"errors"
)

const (
	few, many     = 64, 256 // connections
	warmUpSeconds = 1
)

// allTrials lists the trials in the order of a round. Those of one ratio are
// neighbours.
func allTrials() []trial {
	return []trial{
		{name: "ceiling-64", run: ceilingTrial(few)},
		{name: "place-64", run: freshTrial(few)},
		{name: "place-large-64", run: largeTrial(few)},
		{name: "pocketbase-64", run: pocketbaseTrial(few)},
		{name: "lag-64", run: lagTrial(few)},
		{name: "ceiling-256", run: ceilingTrial(many)},
		{name: "place-256", run: freshTrial(many)},
		{name: "get-small", run: readTrial((*lab).small, (*fixture).orderPaths)},
		{name: "get-large", run: readTrial((*lab).large, (*fixture).orderPaths)},
		{name: "latest-small", run: readTrial((*lab).small, (*fixture).listPaths)},
		{name: "latest-large", run: readTrial((*lab).large, (*fixture).listPaths)},
		{name: "start-empty", run: startEmpty},
		{name: "start-large", run: startLarge},
		{name: "start-killed", run: startKilled},
		{name: "start-first", run: startFirst},
		{name: "flood", run: floodTrial},
		{name: "lambda", run: lambdaTrial},
		{name: "lambda-size", once: true, run: lambdaSize},
		{name: "memory", once: true, run: memoryTrial},
		{name: "disk", once: true, run: diskTrial},
	}
}

// with runs do against a program, which is stopped afterwards.
func (l *lab) with(ctx context.Context, p program, dir string, do func(*server) error) error {
	s, err := l.start(ctx, p, dir)
	if err != nil {
		return err
	}
	if err := do(s); err != nil {
		return errors.Join(err, s.kill())
	}
	return s.stop()
}
