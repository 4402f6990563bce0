//! A QR code (ISO/IEC 18004:2015), for the one place that needs one: showing a secret to an authenticator.
//!
//! Byte mode, error correction level L, versions 1 to 10. The mask is the one with the fewest long runs and blocks;
//! the standard weighs two further features, but a reader accepts any mask. Other modes, levels and versions are
//! deliberately absent.

use askama::Template;
use askama::filters::HtmlSafe;

/// Most bytes of a text that [`QrCode::of`] encodes: version 10, level L (table 7 of the standard).
pub const QR_TEXT_BYTES_MAX: usize = 271;

/// A QR code as a square of dark and light modules; drawn here, so that no view carries ready-made SVG.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = "<svg class=\"qr\" viewBox=\"0 0 {{ self.side() }} {{ self.side() }}\" role=\"img\" aria-label=\"QR code for your authenticator\" shape-rendering=\"crispEdges\"><rect class=\"qr-light\" width=\"100%\" height=\"100%\"/><path class=\"qr-dark\" d=\"{{ self.path() }}\"/></svg>"
)]
pub struct QrCode {
    width: usize,
    dark: Vec<bool>,
    fixed: Vec<bool>,
}

impl HtmlSafe for QrCode {}

/// Blocks of a version at level L (table 9): error-correction codewords a block, then blocks and data codewords of
/// each; and the centres of its alignment patterns (annex E).
struct Version {
    check: usize,
    blocks: &'static [(usize, usize)],
    centres: &'static [usize],
}

const VERSIONS: [Version; 10] = [
    Version {
        check: 7,
        blocks: &[(1, 19)],
        centres: &[],
    },
    Version {
        check: 10,
        blocks: &[(1, 34)],
        centres: &[6, 18],
    },
    Version {
        check: 15,
        blocks: &[(1, 55)],
        centres: &[6, 22],
    },
    Version {
        check: 20,
        blocks: &[(1, 80)],
        centres: &[6, 26],
    },
    Version {
        check: 26,
        blocks: &[(1, 108)],
        centres: &[6, 30],
    },
    Version {
        check: 18,
        blocks: &[(2, 68)],
        centres: &[6, 34],
    },
    Version {
        check: 20,
        blocks: &[(2, 78)],
        centres: &[6, 22, 38],
    },
    Version {
        check: 24,
        blocks: &[(2, 97)],
        centres: &[6, 24, 42],
    },
    Version {
        check: 30,
        blocks: &[(2, 116)],
        centres: &[6, 26, 46],
    },
    Version {
        check: 18,
        blocks: &[(2, 68), (2, 69)],
        centres: &[6, 28, 50],
    },
];

impl Version {
    fn data(&self) -> usize {
        self.blocks.iter().map(|(count, each)| count * each).sum()
    }
}

impl QrCode {
    /// Light modules around the code (section 9.1).
    const QUIET: usize = 4;

    /// The code of this text, in the smallest version that holds it; `None` above [`QR_TEXT_BYTES_MAX`] bytes.
    pub fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (number, version) = (1..).zip(&VERSIONS).find(|(number, version)| {
            let head_bits = if *number < 10 { 12 } else { 20 };
            head_bits + bytes.len() * 8 <= version.data() * 8
        })?;
        let bits = codewords(bytes, number, version);
        (0..8)
            .map(|mask| Self::drawn(number, version, &bits, mask))
            .min_by_key(Self::penalty)
    }

    fn drawn(number: usize, version: &Version, bits: &[bool], mask: u32) -> Self {
        let width = 17 + 4 * number;
        let size = width * width;
        let mut code = Self {
            width,
            dark: vec![false; size],
            fixed: vec![false; size],
        };
        code.patterns(number, version, mask);
        code.data(bits, mask);
        code
    }

    fn at(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.width + x).copied().unwrap_or(false)
    }

    /// Sets a module of a function pattern; outside the square nothing happens.
    fn fix(&mut self, x: usize, y: usize, dark: bool) {
        if x < self.width && y < self.width {
            let index = y * self.width + x;
            if let (Some(module), Some(fixed)) = (self.dark.get_mut(index), self.fixed.get_mut(index)) {
                *module = dark;
                *fixed = true;
            }
        }
    }

    /// Timing, finder and alignment patterns, format and version (section 6.3, 7.9, 7.10).
    fn patterns(&mut self, number: usize, version: &Version, mask: u32) {
        let w = self.width;
        for i in 0..w {
            self.fix(6, i, i % 2 == 0);
            self.fix(i, 6, i % 2 == 0);
        }
        for (cx, cy) in [(3, 3), (w - 4, 3), (3, w - 4)] {
            // From one left of and above the pattern, in coordinates moved by one so that none is below nought.
            for (dx, dy) in (0..9usize).flat_map(|dx| (0..9usize).map(move |dy| (dx, dy))) {
                let far = usize::max(dx.abs_diff(4), dy.abs_diff(4));
                if let (Some(x), Some(y)) = ((cx + dx).checked_sub(4), (cy + dy).checked_sub(4)) {
                    self.fix(x, y, far != 2 && far != 4);
                }
            }
        }
        let (first, last) = (version.centres.first().copied(), version.centres.last().copied());
        for (&cx, &cy) in version
            .centres
            .iter()
            .flat_map(|cx| version.centres.iter().map(move |cy| (cx, cy)))
        {
            let (x, y) = (Some(cx), Some(cy));
            if [(first, first), (first, last), (last, first)].contains(&(x, y)) {
                continue;
            }
            for (dx, dy) in (0..5usize).flat_map(|dx| (0..5usize).map(move |dy| (dx, dy))) {
                let far = usize::max(usize::abs_diff(dx, 2), usize::abs_diff(dy, 2));
                self.fix(cx + dx - 2, cy + dy - 2, far != 1);
            }
        }
        self.format(mask);
        if number >= 7 {
            let number = u32::try_from(number).unwrap_or(0);
            let bits = number << 12 | remainder(number, 12, 0x1f25);
            for i in 0..18 {
                let dark = bits >> i & 1 == 1;
                self.fix(w - 11 + i % 3, i / 3, dark);
                self.fix(i / 3, w - 11 + i % 3, dark);
            }
        }
    }

    fn format(&mut self, mask: u32) {
        let w = self.width;
        let level_and_mask = 0b01 << 3 | mask;
        let bits = (level_and_mask << 10 | remainder(level_and_mask, 10, 0x537)) ^ 0x5412;
        for i in 0..15 {
            let dark = bits >> i & 1 == 1;
            match i {
                0..6 => self.fix(8, i, dark),
                6 => self.fix(8, 7, dark),
                7 => self.fix(8, 8, dark),
                8 => self.fix(7, 8, dark),
                _ => self.fix(14 - i, 8, dark),
            }
            if i < 8 {
                self.fix(w - 1 - i, 8, dark);
            } else {
                self.fix(8, w - 15 + i, dark);
            }
        }
        self.fix(8, w - 8, true);
    }

    /// Lays the bits in pairs of columns from the right, up and down in turn, masked (section 7.7.3, 7.8.2).
    fn data(&mut self, bits: &[bool], mask: u32) {
        let w = self.width;
        let mut bits = bits.iter().copied();
        let rights = (1..w)
            .rev()
            .step_by(2)
            .map(|right| if right <= 6 { right - 1 } else { right });
        for right in rights {
            let upward = (right + 1) & 2 == 0;
            for step in 0..w {
                let y = if upward { w - 1 - step } else { step };
                for x in [right, right - 1] {
                    let index = y * w + x;
                    if self.fixed.get(index).copied().unwrap_or(true) {
                        continue;
                    }
                    if let Some(module) = self.dark.get_mut(index) {
                        *module = bits.next().unwrap_or(false) ^ masked(mask, x, y);
                    }
                }
            }
        }
    }

    /// Runs of five and more in rows and columns, and blocks of one colour (features N1 and N2 of table 11).
    fn penalty(&self) -> usize {
        let w = self.width;
        let mut sum = 0;
        for a in 0..w {
            for module in [
                Box::new(move |b| (b, a)) as Box<dyn Fn(usize) -> (usize, usize)>,
                Box::new(move |b| (a, b)),
            ] {
                let (mut run, mut before) = (0, None);
                for b in 0..w {
                    let (x, y) = module(b);
                    let dark = Some(self.at(x, y));
                    run = if dark == before { run + 1 } else { 1 };
                    before = dark;
                    sum += match run {
                        5 => 3,
                        6.. => 1,
                        _ => 0,
                    };
                }
            }
        }
        for (x, y) in (1..w).flat_map(|x| (1..w).map(move |y| (x, y))) {
            let dark = self.at(x, y);
            if dark == self.at(x - 1, y) && dark == self.at(x, y - 1) && dark == self.at(x - 1, y - 1) {
                sum += 3;
            }
        }
        sum
    }

    fn side(&self) -> usize {
        self.width + 2 * Self::QUIET
    }

    fn path(&self) -> String {
        use std::fmt::Write as _;
        let mut path = String::new();
        for (x, y) in (0..self.width).flat_map(|y| (0..self.width).map(move |x| (x, y))) {
            if self.at(x, y) {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h1v1h-1z", x + Self::QUIET, y + Self::QUIET);
            }
        }
        path
    }
}

/// Head, text, end and padding, split into blocks with their check codewords, interleaved, as bits (section 7.4 to 7.6).
fn codewords(bytes: &[u8], number: usize, version: &Version) -> Vec<bool> {
    let mut bits = Vec::with_capacity(version.data() * 8);
    let mut push = |value: usize, count: usize| bits.extend((0..count).rev().map(|i| value >> i & 1 == 1));
    push(0b0100, 4);
    push(bytes.len(), if number < 10 { 8 } else { 16 });
    for byte in bytes {
        push(usize::from(*byte), 8);
    }
    let room = version.data() * 8;
    bits.extend(std::iter::repeat_n(false, 4.min(room - bits.len())));
    bits.extend(std::iter::repeat_n(false, bits.len().wrapping_neg() % 8));
    let mut data: Vec<u8> = bits
        .chunks(8)
        .map(|byte| byte.iter().fold(0, |value, bit| value << 1 | u8::from(*bit)))
        .collect();
    data.extend([0xec, 0x11].iter().cycle().take(version.data() - data.len()));

    let mut rest = data.as_slice();
    let (mut blocks, mut checks) = (Vec::new(), Vec::new());
    for length in version
        .blocks
        .iter()
        .flat_map(|(count, each)| std::iter::repeat_n(*each, *count))
    {
        let (block, after) = rest.split_at(length.min(rest.len()));
        checks.push(check_codewords(block, version.check));
        blocks.push(block);
        rest = after;
    }
    let longest = blocks.iter().map(|block| block.len()).max().unwrap_or(0);
    let interleaved = (0..longest)
        .flat_map(|i| blocks.iter().filter_map(move |block| block.get(i)))
        .chain((0..version.check).flat_map(|i| checks.iter().filter_map(move |check| check.get(i))));
    interleaved
        .flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1 == 1))
        .collect()
}

/// The Reed-Solomon check codewords of a block (section 7.5.2).
fn check_codewords(block: &[u8], count: usize) -> Vec<u8> {
    let mut generator = vec![0; count];
    if let Some(last) = generator.last_mut() {
        *last = 1;
    }
    let mut root = 1;
    for _ in 0..count {
        let next = generator.iter().skip(1).copied().chain([0]);
        generator = generator
            .iter()
            .zip(next)
            .map(|(a, b)| multiply(*a, root) ^ b)
            .collect();
        root = multiply(root, 2);
    }
    let mut check = vec![0; count];
    for byte in block {
        let factor = byte ^ check.first().copied().unwrap_or(0);
        let moved = check.iter().skip(1).copied().chain([0]);
        check = generator
            .iter()
            .zip(moved)
            .map(|(g, c)| multiply(*g, factor) ^ c)
            .collect();
    }
    check
}

/// Product in GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1.
fn multiply(a: u8, b: u8) -> u8 {
    (0..8).rev().fold(0u8, |product, i| {
        let doubled = product << 1 ^ if product & 0x80 == 0 { 0 } else { 0x1d };
        doubled ^ if b >> i & 1 == 1 { a } else { 0 }
    })
}

/// Remainder of `value * x^degree` by a BCH generator (annex C and D).
fn remainder(value: u32, degree: u32, generator: u32) -> u32 {
    (0..degree).fold(value, |rest, _| {
        (rest << 1) ^ ((rest >> (degree - 1)) * generator)
    })
}

/// Whether the mask turns the module at `x`, `y` (table 10; there i is y and j is x).
fn masked(mask: u32, x: usize, y: usize) -> bool {
    match mask {
        0 => (x + y).is_multiple_of(2),
        1 => y.is_multiple_of(2),
        2 => x.is_multiple_of(3),
        3 => (x + y).is_multiple_of(3),
        4 => (x / 3 + y / 2).is_multiple_of(2),
        5 => x * y % 2 + x * y % 3 == 0,
        6 => (x * y % 2 + x * y % 3).is_multiple_of(2),
        _ => ((x + y) % 2 + x * y % 3).is_multiple_of(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    fn square(code: &QrCode) -> String {
        let rows: Vec<String> = code
            .dark
            .chunks(code.width)
            .map(|row| row.iter().map(|dark| if *dark { '1' } else { '0' }).collect())
            .collect();
        rows.join("\n")
    }

    fn mask_of(code: &QrCode) -> u32 {
        // Bits 10 to 12 of the format information, unmasked with 0x5412: they stand at x = 4, 3, 2 of row 8.
        let bits = [10, 11, 12]
            .iter()
            .fold(0, |bits, i| bits | u32::from(code.at(14 - i, 8)) << (i - 10));
        bits ^ (0x5412 >> 10 & 0b111)
    }

    #[test]
    fn modules_are_those_of_another_implementation() {
        // Squares made by the reference implementation qrcodegen 1.8 with the same level and mask, rows of 0 and 1.
        // One text for version 1 and one for each of 4, 6 to 10.
        let check = |text: &str, width: usize, mask: u32, digest: &str| {
            let code = QrCode::of(text).expect("fits");
            let found = hex::encode(Sha256::digest(square(&code)));
            assert_eq!(
                (code.width, mask_of(&code), found.as_str()),
                (width, mask, digest),
                "{text}"
            );
        };
        check(
            "a",
            21,
            0,
            "bf35b1e154e92eb4f32a6bae5b813d5809763714b28b6d0e376fe986c07c6d1f",
        );
        check(
            "otpauth://totp/Accord:priya?secret=JBSWY3DPEHPK3PXP&issuer=isp.example",
            33,
            1,
            "c05bdea83a82d7bae4ded80b9339ef4757bc1b3632298087dfd6ab76d4134f2e",
        );
        check(
            &"a".repeat(120),
            41,
            1,
            "7af40a43cbfa208db66ce3d3b0a3d4dd5f96811fc2664e09d50109c83cb98d13",
        );
        check(
            &"priya.nair/".repeat(14),
            45,
            2,
            "8be22765f8b32203b91179670754de43f5e57ba1d4a8b060ea96395dc2e344fc",
        );
        check(
            &"b".repeat(190),
            49,
            2,
            "23e7576c65b23a1e8437cf55c9164c8a5c62c8e0648a7ec7cc69c17d1e3c3414",
        );
        check(
            &"c".repeat(230),
            53,
            2,
            "414c5f7cb4b90c359145144d017762a1888c6bce932591f1dd616ce26ae5ca87",
        );
        check(
            &"d".repeat(271),
            57,
            2,
            "00c304a91d91b83f27b27b004acc413379f117e790df15634e9d2302420a981e",
        );
    }

    #[test]
    fn texts_at_the_limit_and_one_past_it() {
        assert_eq!(
            QrCode::of(&"a".repeat(QR_TEXT_BYTES_MAX)).expect("fits").width,
            57
        );
        assert!(QrCode::of(&"a".repeat(QR_TEXT_BYTES_MAX + 1)).is_none());
        assert_eq!(QrCode::of("").expect("fits").width, 21);
    }
}
