//! Keys of what `token` finds: the definition, which the pass over bitmaps is compared with and leaves what is rare to.

use std::net::IpAddr;

use super::{KeySink, has_key, host_key, path_keys};
use crate::fingerprint::of_text;
use crate::line::{rest_of, suffixes};
use crate::token::{Found, Scratch, walk};

/// Gives the keys of a text, however long it is.
pub(super) fn text(text: &[u8], scratch: &mut Scratch, sink: &mut impl KeySink) {
    walk(text, scratch, &mut |found| take(text, &found, sink));
}

/// Gives the keys of something that was found in a text.
pub(super) fn take(text: &[u8], found: &Found<'_>, sink: &mut impl KeySink) {
    match found {
        Found::Name(span, name) => {
            if !has_key(name) {
                return;
            }
            for suffix in suffixes(name) {
                sink.print(of_text(suffix));
            }
            if let Some(rest) = rest_of(text, *span, false) {
                path_keys(of_text(name), rest.tail, |key| sink.print(key));
            }
        }
        Found::Address(span, address) => {
            self::address(*address, sink);
            if let Some(rest) = rest_of(text, *span, true) {
                path_keys(host_key(*address), rest.tail, |key| sink.print(key));
            }
        }
        Found::Email(_, value) => {
            if has_key(value) {
                sink.print(of_text(value));
            }
        }
        Found::Hash(_, _, value) => sink.print(of_text(value)),
    }
}

/// Gives the key of an address.
pub(super) fn address(address: IpAddr, sink: &mut impl KeySink) {
    match address {
        IpAddr::V4(v4) => sink.ipv4(v4.to_bits()),
        IpAddr::V6(v6) => sink.ipv6(v6.to_bits()),
    }
}
