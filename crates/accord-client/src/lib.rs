//! Outbound: requests to peers.
