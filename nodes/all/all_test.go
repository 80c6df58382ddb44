package all

import (
	"strings"
	"testing"
)

func TestByName(t *testing.T) {
	for i, name := range Names() {
		p, err := ByName(name)
		if err != nil || p != &Protocols[i] {
			t.Errorf("ByName(%q) is not protocol %d of the table (%v)", name, i, err)
		}
	}
	if _, err := ByName("zba"); err == nil || !strings.Contains(err.Error(), "zab") {
		t.Errorf("the error for an unknown protocol lists none: %v", err)
	}
}
