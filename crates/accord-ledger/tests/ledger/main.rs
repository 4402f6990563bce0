//! Tests of the ledger crate through its public API.

#[cfg(test)]
mod certificates;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod merkle;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod notes;
#[cfg(test)]
mod order;
#[cfg(test)]
mod payloads;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod redaction;
#[cfg(test)]
mod specification;
#[cfg(test)]
mod witnesses;
