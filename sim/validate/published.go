package validate

import (
	"fmt"
	"io"
)

func readPublished(file string, r io.Reader, models Models) (*ServingData, error) {
	return nil, fmt.Errorf("todo")
}
