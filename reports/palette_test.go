package reports

import (
	"image/color"
	"math"
	"testing"
)

// Machado, Oliveira and Fernandes 2009, severity 1: how linear RGB looks to
// somebody without one kind of cone.
var sights = []struct {
	name string
	m    [9]float64
}{
	{"normal", [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}},
	{"protanopia", [9]float64{0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998}},
	{"deuteranopia", [9]float64{0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881}},
	{"tritanopia", [9]float64{1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}},
}

// TestRolesCanBeToldApart: the fills of the bars, and the page behind them,
// differ for every kind of sight. Under about 9 two fills are confusable.
func TestRolesCanBeToldApart(t *testing.T) {
	fills := map[string]color.NRGBA{"leader": leaderFill, "follower": followerFill, "looking": lookingFill, "page": white}
	for _, sight := range sights {
		least, pair := math.Inf(1), ""
		for a, x := range fills {
			for b, y := range fills {
				if a < b {
					if d := ciede2000(lab(see(sight.m, x)), lab(see(sight.m, y))); d < least {
						least, pair = d, a+"-"+b
					}
				}
			}
		}
		if least < 9 {
			t.Errorf("%s: %s differ by only %.1f", sight.name, pair, least)
		}
	}
}

// TestTextCanBeRead: WCAG asks for a contrast of 4.5 for text.
func TestTextCanBeRead(t *testing.T) {
	for _, c := range []struct {
		name     string
		text, on color.NRGBA
	}{
		{"leader bar", white, leaderFill},
		{"follower bar", ink, followerFill},
		{"looking bar", ink, lookingFill},
		{"page", ink, white},
		{"axis", faint, white},
		{"violation", violationText, white},
		{"partition band", ink, over(partitionBand, white)},
		{"violation in a partition band", violationText, over(partitionBand, white)},
	} {
		if r := contrast(c.text, c.on); r < 4.5 {
			t.Errorf("%s: contrast %.1f", c.name, r)
		}
	}
	if r := contrast(white, lookingFill); r > 4.5 {
		t.Errorf("contrast of white on orange is %.1f: the check is broken", r)
	}
}

// TestColourDifference checks the formula against three pairs of the test data
// of Sharma, Wu and Dalal 2005.
func TestColourDifference(t *testing.T) {
	for _, c := range []struct {
		a, b [3]float64
		want float64
	}{
		{[3]float64{50, 2.6772, -79.7751}, [3]float64{50, 0, -82.7485}, 2.0425},
		{[3]float64{50, 2.5, 0}, [3]float64{73, 25, -18}, 27.1492},
		{[3]float64{2.0776, 0.0795, -1.1350}, [3]float64{0.9033, -0.0636, -0.5514}, 0.9082},
	} {
		if got := ciede2000(c.a, c.b); math.Abs(got-c.want) > 0.0001 {
			t.Errorf("%v and %v: %.4f, want %.4f", c.a, c.b, got, c.want)
		}
	}
}

func linear(c uint8) float64 {
	v := float64(c) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// see returns the linear RGB that c looks like.
func see(m [9]float64, c color.NRGBA) [3]float64 {
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	var out [3]float64
	for i := range out {
		out[i] = min(max(m[3*i]*r+m[3*i+1]*g+m[3*i+2]*b, 0), 1)
	}
	return out
}

// lab converts linear sRGB to CIE L*a*b* under D65.
func lab(c [3]float64) [3]float64 {
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124564*c[0] + 0.3575761*c[1] + 0.1804375*c[2]) / 0.95047)
	y := f(0.2126729*c[0] + 0.7151522*c[1] + 0.0721750*c[2])
	z := f((0.0193339*c[0] + 0.1191920*c[1] + 0.9503041*c[2]) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func ciede2000(p, q [3]float64) float64 {
	const deg = math.Pi / 180
	c7 := math.Pow((math.Hypot(p[1], p[2])+math.Hypot(q[1], q[2]))/2, 7)
	g := 1 + 0.5*(1-math.Sqrt(c7/(c7+math.Pow(25, 7))))
	polar := func(v [3]float64) (c, h float64) {
		h = math.Atan2(v[2], g*v[1]) / deg
		if h < 0 {
			h += 360
		}
		return math.Hypot(g*v[1], v[2]), h
	}
	c1, h1 := polar(p)
	c2, h2 := polar(q)
	dh, h := h2-h1, (h1+h2)/2
	switch {
	case c1*c2 == 0:
		dh, h = 0, h1+h2
	case dh > 180:
		dh, h = dh-360, h+180
	case dh < -180:
		dh, h = dh+360, h+180
	}
	l, c := (p[0]+q[0])/2, (c1+c2)/2
	t := 1 - 0.17*math.Cos((h-30)*deg) + 0.24*math.Cos(2*h*deg) + 0.32*math.Cos((3*h+6)*deg) - 0.20*math.Cos((4*h-63)*deg)
	sl := 1 + 0.015*(l-50)*(l-50)/math.Sqrt(20+(l-50)*(l-50))
	sc, sh := 1+0.045*c, 1+0.015*c*t
	far := (math.Mod(h, 360) - 275) / 25
	rt := -2 * math.Sqrt(math.Pow(c, 7)/(math.Pow(c, 7)+math.Pow(25, 7))) *
		math.Sin(60*deg*math.Exp(-far*far))
	dl, dc := (q[0]-p[0])/sl, (c2-c1)/sc
	dH := 2 * math.Sqrt(c1*c2) * math.Sin(dh/2*deg) / sh
	return math.Sqrt(dl*dl + dc*dc + dH*dH + rt*dc*dH)
}

// contrast is that of WCAG 2.
func contrast(a, b color.NRGBA) float64 {
	light := func(c color.NRGBA) float64 {
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) + 0.05
	}
	x, y := light(a), light(b)
	return max(x, y) / min(x, y)
}

// over returns what c looks like on an opaque ground.
func over(c, ground color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*int(c.A) + int(b)*(255-int(c.A))) / 255) }
	return color.NRGBA{mix(c.R, ground.R), mix(c.G, ground.G), mix(c.B, ground.B), 0xff}
}
