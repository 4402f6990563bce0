//! Pure: entries, commitments, Merkle trees, checkpoints, cosignatures, proofs, causal order.
