package checker

import "testing"

func TestPrefixConsistency(t *testing.T) {
	hold(t, "prefix-consistency", storyHeader(), []trial{
		{
			name:  "one is behind",
			story: "s1 delivers 1.1 1.2 1.3 \n s2 delivers 1.1 \n s3 delivers 1.1 1.2",
		},
		{
			name:  "a restart delivers again",
			story: "s1 delivers 1.1 1.2 \n s1 crashes \n s1 keeps 1 \n s1 delivers 1.2 1.3 \n s2 delivers 1.1 1.2 1.3 1.4",
		},
		{
			name:  "a snapshot bridges what others delivered",
			story: "s1 delivers 1.1 1.2 1.3 \n s2 copies s1 \n s2 follows 1 \n s2 delivers 1.4 \n s1 delivers 1.4 1.5",
		},
		{
			name:  "a snapshot holds what nobody was seen to deliver",
			story: "s1 delivers 1.1 1.2 1.3 \n s2 delivers 1.1",
		},
		{
			name:  "another transaction in the same place",
			story: "3s \n s3 delivers 1.1 1.2 \n 9s \n s1 delivers 1.1 2.1",
			want:  "s1 delivered 2.1 as transaction 2, where s3 delivered 1.2",
			has:   []string{"2.1 was first delivered by s1 at 9.000s", "1.2 was first delivered by s3 at 3.000s"},
		},
		{
			name:  "another content at the same position",
			story: "s1 delivers 1.1=x \n s2 delivers 1.1=y",
			want:  "s2 and s1 both delivered 1.1 as transaction 1, with different contents",
		},
		{
			name:  "a server contradicts itself after a restart",
			story: "s1 delivers 1.1 1.2 \n s1 crashes \n s1 keeps 1 \n s1 delivers 2.1",
			want:  "s1 delivered 2.1 as transaction 2, where s1 delivered 1.2",
		},
		{
			name:  "a hole in what a snapshot brought",
			story: "s1 delivers 1.1 1.2 1.3 \n s2 delivers 1.2 \n s3 copies s2 \n s3 follows 1",
			want:  "s2 delivered 1.2 as transaction 1, where s1 delivered 1.1",
		},
		{
			name:  "a snapshot that is another's",
			story: "s2 delivers 1.1 1.2 \n s1 keeps 0 \n s1 follows 1 \n s3 delivers 1.1",
		},
	})
}

func TestAgreement(t *testing.T) {
	hold(t, "agreement", storyHeader(), []trial{
		{
			name:  "one is behind",
			story: "s1 delivers 1.1 1.2 \n s2 delivers 1.1",
		},
		{
			name:  "one has a hole: all it has the other has too",
			story: "s1 delivers 1.1 1.2 1.3 \n s2 delivers 1.1 1.3",
		},
		{
			name:  "two primaries",
			story: "s3 delivers 1.1 1.2 \n s1 delivers 1.1 2.1",
			want:  "s1 delivered 2.1 and s3 delivered 1.2, and neither delivered the other's",
		},
		{
			name:  "a hole grows into a dispute",
			story: "s1 delivers 1.1 1.2 1.3 \n s2 delivers 1.1 1.3 2.1",
			want:  "s2 delivered 2.1 and s1 delivered 1.2, and neither delivered the other's",
		},
		{
			name:  "with a server that is behind a third one",
			story: "s1 delivers 1.1 1.2 1.3 \n s2 delivers 1.1 1.2 \n s3 delivers 1.1 1.3",
			want:  "s3 delivered 1.3 and s2 delivered 1.2, and neither delivered the other's",
		},
		{
			name: "a snapshot brings another history",
			story: `s2 delivers 1.3 1.1 1.2
				s1 delivers 1.1 1.2
				s3 delivers 1.1
				s3 copies s2
				s3 keeps 1
				s3 delivers 1.1`,
			want: "s3 delivered 1.3 and s1 delivered 1.2, and neither delivered the other's",
		},
		{
			name:  "what a dead server delivered counts",
			story: "s3 delivers 1.1 \n s3 crashes \n s3 keeps 0 \n s1 delivers 2.1 \n s2 delivers 2.1",
			want:  "s1 delivered 2.1 and s3 delivered 1.1, and neither delivered the other's",
		},
	})
}

func TestTotalOrder(t *testing.T) {
	hold(t, "total-order", storyHeader(), []trial{
		{
			name:  "nothing in common: agreement is broken, order is not",
			story: "s3 delivers 1.1 1.2 1.3 \n s1 delivers 1.1 2.1 2.2",
		},
		{
			name:  "two swapped",
			story: "s1 delivers 1.1 1.2 \n s2 delivers 1.2 1.1",
			want:  "s1 delivered 1.1 before 1.2; s2 delivered 1.2 without 1.1",
		},
		{
			name:  "one alone: a single delivery is enough",
			story: "s1 delivers 1.1 1.2 \n s2 delivers 1.2",
			want:  "s1 delivered 1.1 before 1.2; s2 delivered 1.2 without 1.1",
		},
		{
			name:  "the other one has more",
			story: "s1 delivers 1.1 1.3 \n s2 delivers 1.1 1.2 1.3",
			want:  "s2 delivered 1.2 before 1.3; s1 delivered 1.3 without 1.2",
		},
		{
			name:  "later in the other",
			story: "s1 delivers 1.2 1.3 1.1 \n s2 delivers 1.1 1.2",
			want:  "s1 delivered 1.2 before 1.1; s2 delivered 1.1 without 1.2",
		},
	})
}
