package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

// options is what the command line can say.
type options struct {
	rounds  int            // how often every trial is made
	seconds int            // of load in one trial
	orders  int            // in the large store
	rows    *regexp.Regexp // names of the rows to measure
	dir     string         // where the temporary directory is made; "" for the system's
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == ceilingCommand {
		exit(serveCeiling(os.Args[2], os.Args[3]))
	}
	o, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		exit(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = bench(ctx, o, os.Stdout, os.Stderr)
	stop()
	exit(err)
}

func exit(err error) {
	if err == nil {
		os.Exit(0)
	}
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// parse reads the command line. -quick changes the defaults of the numbers, so
// that each can still be given beside it.
func parse(args []string, out io.Writer) (options, error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(out)
	rounds := f.Int("rounds", 5, "make every trial `N` times; the table shows the medians")
	seconds := f.Int("seconds", 8, "load a server for `N` seconds in each trial")
	orders := f.Int("orders", 1_000_000, "put `N` orders into the large store")
	quick := f.Bool("quick", false, "a short smoke run: 1 round, 1 second, 5000 orders, unless given")
	rows := f.String("rows", "", "measure only the rows whose name matches `REGEXP`")
	dir := f.String("dir", "", "make the temporary directory in `DIR`, which decides the disk that is measured")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	given := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	for _, small := range []struct {
		name  string
		value *int
		n     int
	}{{"rounds", rounds, 1}, {"seconds", seconds, 1}, {"orders", orders, 5000}} {
		if *quick && !given[small.name] {
			*small.value = small.n
		}
	}
	matching, err := regexp.Compile(*rows)
	if err != nil {
		return options{}, fmt.Errorf("-rows %q: %w", *rows, err)
	}
	o := options{rounds: *rounds, seconds: *seconds, orders: *orders, rows: matching, dir: *dir}
	return o, o.validate(f.Args())
}

func (o options) validate(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q: see -help", rest[0]))
	}
	if o.rounds < 1 || o.rounds > 100 {
		errs = append(errs, fmt.Errorf("-rounds %d: must be 1 to 100", o.rounds))
	}
	if o.seconds < 1 || o.seconds > 300 {
		errs = append(errs, fmt.Errorf("-seconds %d: must be 1 to 300", o.seconds))
	}
	if o.orders < smallOrders || o.orders > 100_000_000 {
		errs = append(errs, fmt.Errorf("-orders %d: must be %d to 100000000", o.orders, smallOrders))
	}
	if len(selectRows(allRows(), o.rows)) == 0 {
		errs = append(errs, fmt.Errorf("-rows %q: matches none of %s", o.rows, rowNames(allRows())))
	}
	return errors.Join(errs...)
}
