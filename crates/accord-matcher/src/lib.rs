//! Pure: observables in bytes, watchlists, hits: the hot core.
