//! Pure: the evidence package, built and verified offline.
