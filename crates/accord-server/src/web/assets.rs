//! The style sheet, the scripts and the icon, built into the binary and served under names that contain their
//! digest, so that a browser may keep them for ever and never mixes versions.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

/// First segment of the path of every asset.
pub const ROOT: &str = "/assets/";

/// Header value for the answer to a path that [`get`] knows.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// The content security policy every page is made for. No inline script, style or handler, no frame, no other host.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

struct Asset {
    bytes: &'static [u8],
    mime: &'static str,
    path: String,
    etag: String,
}

impl Asset {
    fn new(stem: &str, extension: &str, mime: &'static str, bytes: &'static [u8]) -> Self {
        let digest = hex::encode(Sha256::digest(bytes));
        let short: String = digest.chars().take(16).collect();
        Self {
            bytes,
            mime,
            path: format!("{ROOT}{stem}.{short}.{extension}"),
            etag: format!("\"{short}\""),
        }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "accord",
        "css",
        "text/css; charset=utf-8",
        include_bytes!("../../assets/accord.css"),
    )
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../../assets/htmx-2.0.11.min.js");
    Asset::new("htmx", "js", "text/javascript; charset=utf-8", bytes)
});
/// `/` goes to the search box.
static SEARCH: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../../assets/search.js");
    Asset::new("search", "js", "text/javascript; charset=utf-8", bytes)
});
/// The current tab of a case comes into view.
static TABS: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../../assets/tabs.js");
    Asset::new("tabs", "js", "text/javascript; charset=utf-8", bytes)
});
static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "favicon",
        "svg",
        "image/svg+xml",
        include_bytes!("../../assets/favicon.svg"),
    )
});

/// The asset at this path (`/assets/accord.0123456789abcdef.css`): its bytes, its media type, its entity tag
/// (RFC 9110 section 8.8.3, quotes included). `None` for any other path, an older digest included.
pub fn get(path: &str) -> Option<(&'static [u8], &'static str, &'static str)> {
    let known: [&'static Asset; 5] = [&STYLE, &SCRIPT, &SEARCH, &TABS, &ICON];
    known
        .into_iter()
        .find(|asset| asset.path == path)
        .map(|asset| (asset.bytes, asset.mime, asset.etag.as_str()))
}

/// Path of the style sheet.
pub fn style_path() -> &'static str {
    &STYLE.path
}

/// Path of the script.
pub fn script_path() -> &'static str {
    &SCRIPT.path
}

/// Path of the script of the search box, on pages that have one.
pub fn search_path() -> &'static str {
    &SEARCH.path
}

/// Path of the script of a case's tabs.
pub fn tabs_path() -> &'static str {
    &TABS.path
}

/// Path of the icon.
pub fn icon_path() -> &'static str {
    &ICON.path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_served_and_names_its_bytes() {
        for path in [
            style_path(),
            script_path(),
            search_path(),
            tabs_path(),
            icon_path(),
        ] {
            let (bytes, mime, etag) = get(path).expect("served");
            let digest = hex::encode(Sha256::digest(bytes));
            assert!(
                path.contains(&digest[..16]) && etag.contains(&digest[..16]),
                "{path}"
            );
            assert!(!mime.is_empty());
        }
        for path in [
            "",
            "/assets/",
            "/assets/accord.css",
            "/assets/accord.0000000000000000.css",
            "/assets/../lib.rs",
        ] {
            assert!(get(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_vendored_script_is_the_recorded_one() {
        let record = include_str!("../../assets/VENDORED.md");
        assert!(record.contains(&hex::encode(Sha256::digest(SCRIPT.bytes))));
    }

    #[test]
    fn text_is_never_below_12_pixels_and_nothing_is_loaded_from_elsewhere() {
        let css = std::str::from_utf8(STYLE.bytes).expect("text");
        assert!(!css.contains("url(") && !css.contains("@import"));
        let sizes: Vec<f64> = css
            .split("font-size:")
            .skip(1)
            .filter_map(|rest| rest.split("rem").next()?.trim().parse().ok())
            .collect();
        assert!(sizes.len() > 5);
        assert!(sizes.iter().all(|rem| rem * 16.0 >= 12.0), "{sizes:?}");
    }

    /// The tokens of a `:root` block, in order: name and relative luminance (WCAG 2.2, "relative luminance").
    fn luminances(block: &str) -> Vec<(String, f64)> {
        let channel = |hex: &str| {
            let value = f64::from(u8::from_str_radix(hex, 16).expect("hex")) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        block
            .split("--")
            .filter_map(|token| token.split_once(": #"))
            .map(|(name, hex)| {
                let light = 0.2126 * channel(&hex[0..2])
                    + 0.7152 * channel(&hex[2..4])
                    + 0.0722 * channel(&hex[4..6]);
                (name.to_owned(), light)
            })
            .collect()
    }

    #[test]
    fn contrast_is_aa_in_light_and_dark() {
        let css = std::str::from_utf8(STYLE.bytes).expect("text");
        let blocks: Vec<&str> = css
            .split(":root {")
            .skip(1)
            .map(|rest| rest.split('}').next().expect("block"))
            .collect();
        for (scheme, block) in [("light", blocks[0]), ("dark", blocks[1])] {
            let tokens = luminances(block);
            let of = |name: &str| tokens.iter().find(|(n, _)| n == name).expect(name).1;
            let contrast = |a: &str, b: &str| {
                let (a, b) = (of(a), of(b));
                (a.max(b) + 0.05) / (a.min(b) + 0.05)
            };
            for ground in ["page", "surface", "sunk"] {
                for ink in ["ink", "soft", "accent", "good", "wait", "bad"] {
                    assert!(
                        contrast(ink, ground) >= 4.5,
                        "{scheme}: {ink} on {ground}: {}",
                        contrast(ink, ground)
                    );
                }
                assert!(
                    contrast("line-strong", ground) >= 3.0,
                    "{scheme}: borders of fields on {ground}"
                );
            }
            for (ink, ground) in [
                ("accent-ink", "accent"),
                ("ink", "accent-soft"),
                ("accent", "accent-soft"),
                ("bad", "bad-soft"),
                ("ink", "bad-soft"),
                ("hit-ink", "hit"),
            ] {
                assert!(
                    contrast(ink, ground) >= 4.5,
                    "{scheme}: {ink} on {ground}: {}",
                    contrast(ink, ground)
                );
            }
        }
    }
}
