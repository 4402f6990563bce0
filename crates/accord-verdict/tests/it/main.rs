//! Verdicts as those who ask see them: in process, over HTTP, over DNS, in a resolver.

mod dns;
mod hostile;
mod house;
mod http;
mod resolvers;
mod snapshots;
mod transfer;
mod wire;
mod zone;
