// Command generate writes the files that are made from the program's tables: the
// OpenAPI document, and the templates with which the system is deployed. Run it in the
// project's folder, by make generate.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"comanda/api"
	"comanda/deploy"
)

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes the files below root, the project's folder.
func generate(root string) error {
	document, err := api.OpenAPI()
	if err != nil {
		return err
	}
	templates, err := deploy.Generate()
	if err != nil {
		return err
	}
	files := map[string][]byte{"api/openapi.json": document}
	for name, content := range templates {
		files["deploy/"+name] = content
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.WriteFile(path, files[name], 0o644); err != nil { //nolint:gosec // the repository's files are for everybody
			return fmt.Errorf("write a generated file: %w", err)
		}
	}
	return nil
}
