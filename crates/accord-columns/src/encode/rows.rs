//! Which rows of a group have a value of a column: where pages end, and the levels that say so.

use super::hybrid;
use crate::limits::{PAGE_BYTES, PAGE_ROWS};

/// The rows of a column's values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'r> {
    /// The row of each value, in order; of a column in which every row has one, nothing.
    pub(crate) of_values: &'r [u32],
    /// All rows of the group.
    pub(crate) count: usize,
    pub(crate) required: bool,
    pub(crate) list: bool,
}

/// A page: rows `rows.0..rows.1`, which have the values `values.0..values.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) rows: (usize, usize),
    pub(crate) values: (usize, usize),
}

impl Page {
    pub(crate) const fn rows(&self) -> usize {
        self.rows.1 - self.rows.0
    }

    pub(crate) const fn values(&self) -> usize {
        self.values.1 - self.values.0
    }
}

/// Room for levels, used again.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    definition: Vec<u32>,
    repetition: Vec<u32>,
}

impl Rows<'_> {
    /// The row of a value; where there is no such value, the row after the last.
    pub(crate) fn of_value(&self, value: usize) -> usize {
        let row = if self.required {
            value
        } else {
            self.of_values.get(value).map_or(self.count, |row| *row as usize)
        };
        row.min(self.count)
    }

    /// The page that begins with this row and value, before row `until`. Of its values, `fit` have room; the first row has,
    /// whatever it holds.
    pub(crate) fn page(&self, row: usize, value: usize, until: usize, fit: usize) -> Page {
        let until = until.min(row + PAGE_ROWS);
        let end = if self.of_value(value + fit) >= until {
            until
        } else {
            self.of_value(value + fit).max(row + 1)
        };
        let last = if self.required {
            end
        } else {
            let later = self.of_values.get(value..).unwrap_or_default();
            value + later.partition_point(|row| (*row as usize) < end)
        };
        Page {
            rows: (row, end),
            values: (value, last),
        }
    }

    /// All rows as one page: of a column without values.
    pub(crate) const fn empty_page(&self) -> Page {
        Page {
            rows: (0, self.count),
            values: (0, 0),
        }
    }

    /// Appends the levels of a page, and says how many there are: one for each value, and one for each row without.
    pub(crate) fn push_levels(&self, page: &Page, levels: &mut Levels, out: &mut Vec<u8>) -> usize {
        if self.required {
            return page.rows();
        }
        let here = self
            .of_values
            .get(page.values.0..page.values.1)
            .unwrap_or_default();
        let Levels {
            definition,
            repetition,
        } = levels;
        definition.clear();
        if !self.list {
            if here.len() == page.rows() || here.is_empty() {
                let level = u32::from(!here.is_empty());
                sized(out, |out| hybrid::push_run(level, page.rows(), 1, out));
                return page.rows();
            }
            definition.resize(page.rows(), 0);
            for row in here {
                if let Some(level) = definition.get_mut(*row as usize - page.rows.0) {
                    *level = 1;
                }
            }
            sized(out, |out| hybrid::push(definition, 1, out));
            return page.rows();
        }
        if here.is_empty() {
            sized(out, |out| hybrid::push_run(0, page.rows(), 1, out));
            sized(out, |out| hybrid::push_run(0, page.rows(), 2, out));
            return page.rows();
        }
        // A row without a value has no list; each value of another is at level 2, the further ones repeat.
        repetition.clear();
        let mut next = page.rows.0;
        for row in here.iter().map(|row| *row as usize) {
            let without = row.saturating_sub(next);
            definition.resize(definition.len() + without, 0);
            repetition.resize(repetition.len() + without, 0);
            definition.push(2);
            repetition.push(u32::from(row < next));
            next = row + 1;
        }
        let without = page.rows.1 - next;
        definition.resize(definition.len() + without, 0);
        repetition.resize(repetition.len() + without, 0);
        sized(out, |out| hybrid::push(repetition, 1, out));
        sized(out, |out| hybrid::push(definition, 2, out));
        definition.len()
    }
}

/// How many values of this size a page has room for.
pub(crate) const fn fit(bytes: usize) -> usize {
    PAGE_BYTES / bytes
}

/// Appends something with its length before it, as data pages of version 1 have their levels.
fn sized(out: &mut Vec<u8>, push: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    push(out);
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(of_values: &[u32], count: usize, list: bool) -> Rows<'_> {
        Rows {
            of_values,
            count,
            required: false,
            list,
        }
    }

    #[test]
    fn pages_end_between_rows() {
        let page = |rows: (usize, usize), values: (usize, usize)| Page { rows, values };
        let some = [1, 4, 4, 4, 6];
        let list = rows(&some, 8, true);
        for ((row, value, until, fit), expected) in [
            ((0, 0, 8, 9), page((0, 8), (0, 5))),
            ((0, 0, 8, 4), page((0, 6), (0, 4))),
            // The row whose values do not all fit begins the next page; alone it is one.
            ((0, 0, 8, 3), page((0, 4), (0, 1))),
            ((4, 1, 8, 2), page((4, 5), (1, 4))),
            ((0, 0, 3, 9), page((0, 3), (0, 1))),
            ((7, 5, 8, 1), page((7, 8), (5, 5))),
        ] {
            assert_eq!(list.page(row, value, until, fit), expected);
        }
        let every = Rows {
            of_values: &[],
            count: 50_000,
            required: true,
            list: false,
        };
        assert_eq!(every.page(0, 0, 50_000, 100_000), page((0, 20_000), (0, 20_000)));
        assert_eq!(
            every.page(40_000, 40_000, 50_000, 100_000),
            page((40_000, 50_000), (40_000, 50_000))
        );
        assert_eq!(every.page(5, 5, 50_000, 1), page((5, 6), (5, 6)));
        assert_eq!(rows(&[], 9, false).empty_page(), page((0, 9), (0, 0)));
    }

    #[test]
    fn levels_of_every_kind() {
        let levels = |rows: &Rows<'_>| {
            let page = rows.page(0, 0, rows.count, 100);
            let mut out = Vec::new();
            let count = rows.push_levels(&page, &mut Levels::default(), &mut out);
            (count, out)
        };
        assert_eq!(levels(&rows(&[0, 1, 2], 3, false)), (3, vec![2, 0, 0, 0, 6, 1]));
        assert_eq!(levels(&rows(&[], 3, false)), (3, vec![2, 0, 0, 0, 6, 0]));
        assert_eq!(levels(&rows(&[0, 2], 3, false)), (3, vec![2, 0, 0, 0, 3, 0b101]));
        // Nothing, two values, nothing: 0 0 1 0 repeat, 0 2 2 0 are there.
        assert_eq!(
            levels(&rows(&[1, 1], 3, true)),
            (4, vec![2, 0, 0, 0, 3, 0b0100, 3, 0, 0, 0, 3, 0b0010_1000, 0])
        );
        assert_eq!(
            levels(&rows(&[], 3, true)),
            (3, vec![2, 0, 0, 0, 6, 0, 2, 0, 0, 0, 6, 0])
        );
    }
}
