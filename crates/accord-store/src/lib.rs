//! Journal, objects and jobs in SQLite.
