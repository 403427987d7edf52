"""Frames -> the digits in them and where they are, proven by painting the frames again.

    strips       which digits may be in a frame, by the outermost lines of its ink
    placing      where they are in all frames, by the grey values that they have once
    finding      both, for many sequences at once
    frame        all ways to place digits in one frame
    searching    all digits at all corners of one frame
    ways, sets, explaining   one sequence: what `finding` leaves open
    patterns, lines, paths, linking   corners -> start and velocity, and which paths follow a motion
    solving      all sequences, a few at a time
    frames       `truth.from_frames`
    recipe       the recipe of a whole file: digits and starts, in a few hundred kilobytes

Six sequences of the authors' test file are known from public results. Each is two digits of MNIST's test file, the
brighter pixel on top, and every path follows srivastava. What is not known: whether all 10,000 are like that, which of
two digits was painted first, since the brighter pixel hides it, and the seed. numpy's seeds 0 to 2,000,000 and the
seconds of the winter of 2014/15, with a shuffle of the 10,000 digits first, do not give the digits of these six.
"""
