package simtest

// Input is for tests of what [AddInputs] adds.
var Input = input
