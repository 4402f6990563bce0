//! Inbound: the JSON API, node to node, and the pages.

pub mod web;
