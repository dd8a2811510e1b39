package memory_test

import (
	"testing"
	"time"

	"comanda/memory"
	"comanda/storage"
	"comanda/storagetest"
)

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(_ *testing.T, tables []storage.Table) storage.Store { return memory.New(tables, time.Now) })
}
