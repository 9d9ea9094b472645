package html

import (
	"fmt"
	"regexp"
	"testing"
)

func TestEverySeriesHasAColorOnLightPaper(t *testing.T) {
	classNames := []string{"c-idle", "c-down", "c-total"}
	for _, c := range classes {
		classNames = append(classNames, c.color)
	}
	for i := range 6 {
		classNames = append(classNames, fmt.Sprintf("c-%d", i))
	}
	for _, a := range stackOrder {
		classNames = append(classNames, accountColor(a.String()))
	}
	hex := regexp.MustCompile(`^#[0-9a-f]{6}$`)
	for _, name := range classNames {
		if c := Color(name); !hex.MatchString(c) {
			t.Errorf("%s has the colour %q", name, c)
		}
	}
	if c := Color("nothing"); c != "#000" {
		t.Errorf("an unknown class has the colour %q", c)
	}
}
