//! Use cases: the only place that decides who may do, see or send what.
