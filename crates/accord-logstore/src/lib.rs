//! Log segments: original bytes in independently readable frames, and hunts.
