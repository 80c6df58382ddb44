package checker

import "testing"

func TestLeaderStays(t *testing.T) {
	hold(t, "leader-stays", storyHeader(), []trial{
		{name: "it stays", story: "s1 discovers 1 \n s3 syncs 1 \n s3 leads 1 \n s3 leads 1 \n s1 crashes"},
		{name: "another one tries", story: "s3 leads 1 \n s2 looks \n s2 syncs 2 \n s2 looks"},
		{
			name:  "another one",
			story: "1s \n s3 leads 1 \n 4s \n s3 crashes \n 5s \n s2 leads 2",
			want:  "s2 is established as a leader at 5.000s; s3 was at 1.000s",
		},
		{
			name:  "the same one again",
			story: "1s \n s3 leads 1 \n 4s \n s3 looks \n 5s \n s3 leads 2",
			want:  "s3 is established as a leader at 5.000s; s3 was at 1.000s",
		},
	})
}

func TestWriteGap(t *testing.T) {
	const ask, write = "ann asks transfer alice bob 1 \n", "ann gets s1 from 1.1 \n"
	hold(t, "write-gap", storyHeader(), []trial{
		{name: "no longer than the bound", story: "9s \n" + ask + "14s \n" + write + ask + "19s \n" + write},
		{name: "nobody asks", story: ask + write + "9s \n" + ask + write + "20s \n" + ask + "21s \n" + write},
		{
			name:  "others are answered",
			story: "bob asks transfer alice bob 1 \n 4s \n" + ask + write + "8s \n" + ask + write + "9s \n bob gets s1 from 1.1",
		},
		{
			name:  "longer",
			story: "9s \n" + ask + "10s \n" + write + ask + "15.1s \n" + write,
			want:  "clients asked for writes and none was answered from 10.000s to 15.100s, for 5.1s; the bound is 5s",
		},
		{
			name: "failures and reads do not end it",
			story: "9s \n" + ask + write + "10s \n" + ask + "ann fails \n 13s \n ann asks read alice \n ann gets s1 \n" + ask +
				"ann gets nothing \n 16s \n" + ask + write,
			want: "clients asked for writes and none was answered from 10.000s to 16.000s, for 6s; the bound is 5s",
		},
		{
			name:  "one waits while others are answered",
			story: "bob asks transfer alice bob 1 \n 4s \n" + ask + write + "10s \n bob gets s1 from 1.1",
			want:  "clients asked for writes and none was answered from 4.000s to 10.000s, for 6s; the bound is 5s",
		},
		{
			name:  "to the end",
			story: ask + write + "10s \n" + ask + "16s \n ann fails",
			want:  "clients asked for writes and none was answered from 10.000s to 16.000s, for 6s; the bound is 5s",
		},
		{name: "no answer at all", story: ask + "10s \n ann fails", want: "no writes were answered"},
	})
}

func TestReadGap(t *testing.T) {
	const ask, read = "ann asks read alice \n", "ann gets s1 \n"
	hold(t, "read-gap", storyHeader(), []trial{
		{name: "no longer than the bound", story: ask + "5s \n" + read},
		{
			name:  "writes do not end it",
			story: ask + read + ask + "4s \n bob asks transfer alice bob 1 \n bob gets s1 \n 6s \n" + read,
			want:  "clients asked for reads and none was answered from 0.000s to 6.000s, for 6s; the bound is 5s",
		},
	})
}
