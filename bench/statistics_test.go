package main

import (
	"math"
	"slices"
	"testing"
)

func TestMedianIsTheMiddle(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 9, 2}, 3},
	} {
		values := slices.Clone(c.values)
		if got := median(values); got != c.want {
			t.Errorf("median of %v: got %v, want %v", c.values, got, c.want)
		}
		if !slices.Equal(values, c.values) {
			t.Errorf("median has sorted its argument: got %v, want %v", values, c.values)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing: got %v, want NaN", got)
	}
}

func TestRatiosAreMadeRoundByRound(t *testing.T) {
	if got, want := ratios([]float64{10, 30, 7}, []float64{20, 40}), []float64{0.5, 0.75}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
