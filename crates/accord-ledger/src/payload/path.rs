//! Where a field stands: an RFC 6901 pointer, and beside it the shape, one letter for each step: `k` for a key of
//! an object, `i` for an index of a list. The pointer alone does not tell `{"0": 1}` from `[1]`.

use super::{MAX_DEPTH, MAX_FIELDS, MAX_POINTER_BYTES, PayloadError};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A checked pointer and shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pointer: String,
    shape: String,
}

impl Path {
    /// The outermost object.
    pub(super) fn root() -> Self {
        Self {
            pointer: String::new(),
            shape: String::new(),
        }
    }

    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }

    pub(super) fn shape(&self) -> &str {
        &self.shape
    }

    pub(super) fn depth(&self) -> usize {
        self.shape.len()
    }

    pub(super) fn key(&self, key: &str) -> Self {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        Self {
            pointer: format!("{}/{escaped}", self.pointer),
            shape: format!("{}k", self.shape),
        }
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self {
            pointer: format!("{}/{index}", self.pointer),
            shape: format!("{}i", self.shape),
        }
    }

    /// Whether it is `pointer` or below it.
    pub(super) fn is_within(&self, pointer: &str) -> bool {
        self.pointer
            .strip_prefix(pointer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Checks limits and the one spelling of every step.
    pub(super) fn parse(pointer: &str, shape: &str) -> Result<Self, PayloadError> {
        if pointer.len() > MAX_POINTER_BYTES {
            return Err(PayloadError::PointerTooLong(pointer.len()));
        }
        if shape.len() > MAX_DEPTH {
            return Err(PayloadError::TooDeep);
        }
        let path = Self {
            pointer: pointer.to_owned(),
            shape: shape.to_owned(),
        };
        path.steps()?;
        // The outermost value is an object.
        if shape.starts_with('i') {
            return Err(PayloadError::NotAnObject);
        }
        Ok(path)
    }

    /// The steps from the outermost object.
    pub(super) fn steps(&self) -> Result<Vec<Step>, PayloadError> {
        let bad = PayloadError::NotCanonical("a field's pointer");
        let mut parts = self.pointer.split('/');
        if parts.next() != Some("") {
            return Err(bad);
        }
        let mut steps = Vec::with_capacity(self.shape.len());
        let mut shape = self.shape.bytes();
        for part in parts {
            steps.push(match shape.next() {
                Some(b'k') => Step::Key(unescape(part).ok_or(bad.clone())?),
                Some(b'i') => Step::Index(index(part).ok_or(bad.clone())?),
                _ => return Err(bad),
            });
        }
        if shape.next().is_some() {
            Err(bad)
        } else {
            Ok(steps)
        }
    }
}

/// RFC 6901 section 4; none for a `~` that escapes nothing.
fn unescape(part: &str) -> Option<String> {
    let mut text = String::with_capacity(part.len());
    let mut characters = part.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '~' => match characters.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

/// Decimal digits without a leading zero, below [`MAX_FIELDS`].
fn index(part: &str) -> Option<usize> {
    let value: usize = part.parse().ok()?;
    (value < MAX_FIELDS && value.to_string() == part).then_some(value)
}
