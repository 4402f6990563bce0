//! The parts of a URL as a log has it: often the path alone, sometimes whole, sometimes with nothing right about it.

/// A URL's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uri<'a> {
    /// The host, where it is in the URL.
    pub(crate) host: Option<&'a str>,
    /// The path, up to the query.
    pub(crate) stem: &'a str,
    /// What stands behind the first `?`.
    pub(crate) query: Option<&'a str>,
}

impl<'a> Uri<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let without_fragment = text.split_once('#').map_or(text, |(before, _)| before);
        let (rest, query) = match without_fragment.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (without_fragment, None),
        };
        let Some((_, behind)) = rest.split_once("://") else {
            return Self {
                host: None,
                stem: rest,
                query,
            };
        };
        let (authority, stem) = match behind.find('/') {
            Some(at) => behind.split_at_checked(at).unwrap_or((behind, "")),
            None => (behind, ""),
        };
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = match (host.starts_with('['), host.find(']')) {
            (true, Some(end)) => host.get(1..end).unwrap_or(host),
            _ => host.split_once(':').map_or(host, |(host, _)| host),
        };
        Self {
            host: (!host.is_empty()).then_some(host),
            stem,
            query,
        }
    }

    /// What stands behind the last dot of the last part of the path.
    pub(crate) fn extension(&self) -> Option<&'a str> {
        let last = self.stem.rsplit_once('/').map_or(self.stem, |(_, last)| last);
        last.rsplit_once('.')
            .map(|(_, extension)| extension)
            .filter(|extension| !extension.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (text, host, stem, query, extension) in [
            (
                "http://user@evil.example:8080/a/b.EXE?x=1?y#z",
                Some("evil.example"),
                "/a/b.EXE",
                Some("x=1?y"),
                Some("EXE"),
            ),
            ("/a.b/c", None, "/a.b/c", None, None),
            ("/a.tar.gz?", None, "/a.tar.gz", Some(""), Some("gz")),
            ("https://[2001:db8::1]:443", Some("2001:db8::1"), "", None, None),
            (
                "evil.example:443",
                None,
                "evil.example:443",
                None,
                Some("example:443"),
            ),
            ("://", None, "", None, None),
            ("", None, "", None, None),
            ("?q", None, "", Some("q"), None),
        ] {
            let uri = Uri::of(text);
            assert_eq!((uri.host, uri.stem, uri.query), (host, stem, query), "{text}");
            assert_eq!(uri.extension(), extension, "{text}");
        }
    }
}
