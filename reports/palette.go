package reports

import "image/color"

// The colours of all pictures, from Okabe and Ito's palette. No set
// of colours survives every kind of colour blindness, and none survives a
// black-and-white printer, so each meaning has a second carrier too: height of
// the bar, hatching, shape or a label.
var (
	white = rgb(0xffffff)
	ink   = rgb(0x1b1f24) // text and most lines
	faint = rgb(0x6a737d) // axes, ticks, names of sites
	rule  = rgb(0xd0d7de) // thin rules between groups of lanes

	leaderFill   = rgb(0x0072b2) // also the outline of observers
	followerFill = rgb(0xa9d8f1)
	lookingFill  = rgb(0xe69f00)

	commitFill    = rgb(0x009e73)
	violationFill = rgb(0xd55e00)
	violationText = rgb(0xb34700) // the mark's own colour is too light to read
	partitionBand = color.NRGBA{0xcc, 0x79, 0xa7, 48}
	partitionEdge = rgb(0xcc79a7)
)

// The strengths of an arrow: messages of the protocol, answers to them and
// messages that never arrived.
var (
	arrowInk  = withAlpha(ink, 191)
	answerInk = withAlpha(ink, 110)
	lostInk   = violationText
)

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

func withAlpha(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}
