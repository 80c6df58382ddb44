package main

import (
	"errors"

	"github.com/zabsim/zabsim/scenarios"
)

// unknown says that there is no such name, and which may have been meant.
func unknown(what, name string, among []string) error {
	return errors.New(scenarios.Unknown(what, name, among))
}
