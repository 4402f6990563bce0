//! Development only: in-process nodes, clock, fault store.
