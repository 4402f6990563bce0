//! How parts of the state are written and read: little-endian, in the order of the fields, lengths before lists. What is
//! read is checked for length, range and order, so that no bytes make a part that cannot be.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use accord_matcher::Kind;

use crate::event::{Circle, Dimension};
use crate::state::Damaged;

/// What is left to read, and the version by which it was written.
pub(crate) struct Reader<'a>(pub &'a [u8], pub u32);

impl<'a> Reader<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Damaged::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A length, which is never more than what is left could hold.
    pub(crate) fn length(&mut self) -> Result<usize, Damaged> {
        let length = u32::take(self)? as usize;
        if length > self.0.len() {
            return Err(Damaged::Short);
        }
        Ok(length)
    }
}

/// A part of the state.
pub(crate) trait Kept: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged>;
}

macro_rules! kept_numbers {
    ($($number:ty),*) => {$(
        impl Kept for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
                let (taken, rest) = from.0.split_first_chunk().ok_or(Damaged::Short)?;
                from.0 = rest;
                Ok(Self::from_le_bytes(*taken))
            }
        }
    )*};
}
kept_numbers!(u8, u16, u32, u64);

macro_rules! kept_floats {
    ($($float:ty),*) => {$(
        impl Kept for $float {
            fn put(&self, out: &mut Vec<u8>) {
                self.to_bits().put(out);
            }
            fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
                let float = Self::from_bits(Kept::take(from)?);
                if float.is_finite() { Ok(float) } else { Err(Damaged::Inconsistent) }
            }
        }
    )*};
}
kept_floats!(f32, f64);

/// A structure of parts, field by field.
macro_rules! kept {
    ($name:ty { $($field:ident),* $(,)? }) => {
        impl crate::kept::Kept for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
            }
            fn take(from: &mut crate::kept::Reader<'_>) -> Result<Self, crate::state::Damaged> {
                Ok(Self { $($field: crate::kept::Kept::take(from)?),* })
            }
        }
    };
    // Fields that came with a later version, and what they are before it.
    ($name:ty { $($field:ident),* $(,)? } $since:literal { $($later:ident = $before:expr),* $(,)? }) => {
        impl crate::kept::Kept for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
                $(self.$later.put(out);)*
            }
            fn take(from: &mut crate::kept::Reader<'_>) -> Result<Self, crate::state::Damaged> {
                Ok(Self {
                    $($field: crate::kept::Kept::take(from)?,)*
                    $($later: if from.1 < $since { $before } else { crate::kept::Kept::take(from)? },)*
                })
            }
        }
    };
}

/// One of a list: its place in it.
macro_rules! kept_choice {
    ($name:ty, $all:expr) => {
        impl crate::kept::Kept for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let place = $all.iter().position(|one| one == self).unwrap_or_default();
                (place as u8).put(out);
            }
            fn take(from: &mut crate::kept::Reader<'_>) -> Result<Self, crate::state::Damaged> {
                let place = usize::from(u8::take(from)?);
                $all.get(place)
                    .copied()
                    .ok_or(crate::state::Damaged::Inconsistent)
            }
        }
    };
}
pub(crate) use {kept, kept_choice};

kept_choice!(Dimension, Dimension::ALL);
kept_choice!(Kind, Kind::ALL);
kept_choice!(bool, [false, true]);

impl Kept for Circle {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Kept::take(from).map(Self)
    }
}

impl Kept for usize {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u64).put(out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        usize::try_from(u64::take(from)?).map_err(|_| Damaged::Inconsistent)
    }
}

impl Kept for String {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u32).put(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let length = from.length()?;
        let text = std::str::from_utf8(from.bytes(length)?).map_err(|_| Damaged::Inconsistent)?;
        Ok(text.to_owned())
    }
}

impl<T: Kept> Kept for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(inner) = self {
            inner.put(out);
        }
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(if bool::take(from)? {
            Some(T::take(from)?)
        } else {
            None
        })
    }
}

impl<A: Kept, B: Kept> Kept for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok((A::take(from)?, B::take(from)?))
    }
}

impl<T: Kept + Copy + Default, const N: usize> Kept for [T; N] {
    fn put(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|one| one.put(out));
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut all = [T::default(); N];
        for one in &mut all {
            *one = T::take(from)?;
        }
        Ok(all)
    }
}

fn put_all<'t, T: Kept + 't>(count: usize, all: impl Iterator<Item = &'t T>, out: &mut Vec<u8>) {
    (count as u32).put(out);
    all.for_each(|one| one.put(out));
}

impl<T: Kept> Kept for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_all(self.len(), self.iter(), out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        // Grown as it is read: a false length is found out before it costs memory.
        let length = from.length()?;
        let mut all = Vec::new();
        for _ in 0..length {
            all.push(T::take(from)?);
        }
        Ok(all)
    }
}

impl<T: Kept> Kept for VecDeque<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_all(self.len(), self.iter(), out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Vec::take(from).map(VecDeque::from)
    }
}

impl<T: Kept + Ord> Kept for BTreeSet<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_all(self.len(), self.iter(), out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let all = Vec::<T>::take(from)?;
        if !all.is_sorted_by(|a, b| a < b) {
            return Err(Damaged::Inconsistent);
        }
        Ok(all.into_iter().collect())
    }
}

impl<K: Kept + Ord, V: Kept> Kept for BTreeMap<K, V> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u32).put(out);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let all = Vec::<(K, V)>::take(from)?;
        if !all.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(Damaged::Inconsistent);
        }
        Ok(all.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Part {
        first: u16,
        later: u32,
    }
    kept!(Part { first } 3 { later = 7 });

    #[test]
    fn what_came_with_a_later_version_is_not_in_an_earlier_one() {
        let part = Part { first: 1, later: 2 };
        let mut bytes = Vec::new();
        part.put(&mut bytes);
        let mut from = Reader(&bytes, 3);
        assert_eq!(Part::take(&mut from), Ok(part));
        assert!(from.0.is_empty());
        let mut from = Reader(&bytes[..2], 2);
        assert_eq!(Part::take(&mut from), Ok(Part { first: 1, later: 7 }));
        assert!(from.0.is_empty());
    }
}
