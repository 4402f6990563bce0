//! Files of rules: documents, what is told of each, filters.
