//! Every limit of the matcher, by name. They make the work on any input linear in its length.

/// Most bytes of a canonical host name (RFC 1035 section 2.3.4, without the root dot).
pub const MAX_HOST_BYTES: usize = 253;
/// Most bytes of one label of a canonical host name (RFC 1035 section 2.3.4).
pub const MAX_LABEL_BYTES: usize = 63;
/// Most bytes of a host run, trimmed and before IDNA; a longer run is no host.
pub const MAX_HOST_RUN_BYTES: usize = 1024;
/// Most bytes of the text of an IPv6 address: eight groups, the last two as an IPv4 address.
pub const MAX_IPV6_TEXT_BYTES: usize = 45;
/// Most bytes of an IPv6 zone after its `%`; a longer one hides the bracket and port behind it.
pub const MAX_ZONE_BYTES: usize = 32;
/// Most bytes of the local part of an e-mail address (RFC 5321 section 4.5.3.1.1).
pub const MAX_LOCAL_PART_BYTES: usize = 64;
/// Most bytes of the user part of a URL that are looked at to find the scheme before it.
pub const MAX_USER_PART_BYTES: usize = 128;
/// Most bytes of a URL in text, host included; a longer one is cut here.
pub const MAX_URL_BYTES: usize = 4096;
/// Most bytes of an indicator as given. Below [`MAX_URL_BYTES`], so that a cut URL is never taken as exact.
pub const MAX_PATTERN_BYTES: usize = 2048;
/// Most records of one line; those that come later in the line are counted, not given.
pub const MAX_RECORDS_PER_LINE: usize = 65_536;
/// Most nested objects of a JSON line in which keys are paired; deeper ones are passed over.
pub const MAX_JSON_DEPTH: usize = 64;
/// Most columns of a Zeek `#fields` header that are looked at.
pub const MAX_COLUMNS: usize = 1024;
/// Most indicators of one watchlist.
pub const MAX_INDICATORS: usize = 1 << 28;
/// Most bytes of all canonical indicators of one watchlist together (offsets are 32 bits).
pub const MAX_STRINGS_BYTES: usize = u32::MAX as usize;
