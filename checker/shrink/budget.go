package shrink

// Budget bounds how much is tried.
type Budget struct {
	// Replays is how many executions may be performed.
	Replays int
	// Time is asked before each of them how much of the time is used up, in
	// percent; nil: time does not matter.
	Time func() int

	used int
	out  bool
}

// Used returns how many executions were performed.
func (b *Budget) Used() int { return b.used }

// Exhausted reports whether something was left untried.
func (b *Budget) Exhausted() bool { return b.out }

// Spend takes one execution out of the budget. It reports false if there is
// none left.
func (b *Budget) Spend() bool {
	if b.used >= b.Replays || b.Time != nil && b.Time() >= 100 {
		b.out = true
		return false
	}
	b.used++
	return true
}

// Until returns a budget for a stage that has to leave something for others: it
// ends when so many percent of b are used up. What it spends is charged to b by
// [Budget.Charge].
func (b *Budget) Until(percent int) *Budget {
	part := &Budget{Replays: max(0, b.Replays*percent/100-b.used)}
	if b.Time != nil {
		part.Time = func() int { return b.Time() * 100 / percent }
	}
	return part
}

// Charge takes what a part has spent out of the budget.
func (b *Budget) Charge(part *Budget) { b.used += part.used }
