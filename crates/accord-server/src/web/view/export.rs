//! Taking intelligence along: the form of an export, and the graph of a case.

use askama::Template;

use super::case::CaseHeader;
use super::tab::Section;
use super::{Choice, Href, Link, Pair, Shell};

/// `/export`.
#[derive(Debug, Clone, Template)]
#[template(path = "export.html")]
pub struct ExportPage {
    /// The frame.
    pub shell: Shell,
    /// Where the form asks, by GET. Fields: `case`, `format`, `for`, `kind`, `label`, `marking`, `since`.
    pub action: Href,
    /// Why it cannot be made.
    pub problem: Option<String>,
    /// The cases, and all of them.
    pub cases: Vec<Choice>,
    /// The formats.
    pub formats: Vec<Choice>,
    /// Whom it is for: our own organisation, or a partner.
    pub recipients: Vec<Choice>,
    /// Kinds of values; none chosen means all.
    pub kinds: Vec<Choice>,
    /// Labels, with commas.
    pub label: String,
    /// The strictest marking that may be in it.
    pub ceilings: Vec<Choice>,
    /// Since which day.
    pub since: String,
    /// What the file would be.
    pub preview: Option<ExportPreview>,
}

/// What a file would be.
#[derive(Debug, Clone)]
pub struct ExportPreview {
    /// As facts.
    pub facts: Vec<Pair>,
    /// What the format does not carry, or carries otherwise.
    pub told: Vec<String>,
    /// What happens when it is taken.
    pub effect: String,
    /// Takes it.
    pub take: Option<Link>,
}

/// `/cases/ID/intel/graph`.
#[derive(Debug, Clone, Template)]
#[template(path = "case_graph.html")]
pub struct GraphPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// The drawing, when there is anything to draw.
    pub drawing: Option<Drawing>,
    /// What is not shown, in words; may be empty.
    pub left_out: String,
    /// The same as lists.
    pub sections: Vec<Section>,
}

/// A drawing in columns, in units of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// What it shows, for those who cannot see it.
    pub label: String,
    /// Width.
    pub width: usize,
    /// Height.
    pub height: usize,
    /// Headings of the columns: left edge and words.
    pub columns: Vec<(usize, String)>,
    /// Lines: x, y, x, y.
    pub lines: Vec<(usize, usize, usize, usize)>,
    /// Nodes.
    pub nodes: Vec<Drawn>,
}

/// A node of a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Left edge of its words.
    pub x: usize,
    /// Their base line.
    pub y: usize,
    /// Its name, cut to its column.
    pub shown: String,
    /// Its name.
    pub name: String,
    /// Its style: `report`, `indicator`, `label`, `sighting`, `exhibit`.
    pub class: &'static str,
    /// Its note.
    pub href: Option<Href>,
}

/// One node to be drawn: its column, name, style and note.
pub type ToDraw = (usize, String, &'static str, Option<Href>);

impl Drawing {
    /// Width of a column.
    const COLUMN: usize = 260;
    /// Height of a row.
    const ROW: usize = 22;
    /// Characters of a name that fit in a column.
    const NAME_CHARS: usize = 30;

    /// Lays nodes out: a column for each kind, in each column the order that keeps lines short (the mean place of the
    /// neighbours to the left, then the name). `links` are pairs of positions in `nodes`.
    pub fn layered(columns: &[&str], nodes: &[ToDraw], links: &[(usize, usize)]) -> Self {
        let mut place: Vec<usize> = vec![0; nodes.len()];
        let mut tallest = 0;
        for column in 0..columns.len() {
            let mut of_column: Vec<usize> = (0..nodes.len())
                .filter(|at| nodes.get(*at).is_some_and(|node| node.0 == column))
                .collect();
            let mean = |at: usize| -> usize {
                let neighbours = links.iter().filter_map(|(a, b)| match (*a == at, *b == at) {
                    (true, false) => Some(*b),
                    (false, true) => Some(*a),
                    _ => None,
                });
                let before = neighbours.filter(|other| nodes.get(*other).is_some_and(|node| node.0 < column));
                let places: Vec<usize> = before.filter_map(|other| place.get(other).copied()).collect();
                // In hundredths, so that ties are few.
                (places.iter().sum::<usize>() * 100)
                    .checked_div(places.len())
                    .unwrap_or(usize::MAX)
            };
            of_column.sort_by_key(|at| (mean(*at), nodes.get(*at).map(|node| node.1.clone()), *at));
            for (row, at) in of_column.iter().enumerate() {
                if let Some(slot) = place.get_mut(*at) {
                    *slot = row;
                }
            }
            tallest = tallest.max(of_column.len());
        }
        let x_of = |column: usize| column * Self::COLUMN + 12;
        let y_of = |row: usize| row * Self::ROW + 48;
        let at = |node: usize| -> Option<(usize, usize, usize)> {
            let column = nodes.get(node)?.0;
            Some((column, x_of(column), y_of(*place.get(node)?)))
        };
        let lines = links.iter().filter_map(|(a, b)| {
            let (mut a, mut b) = (at(*a)?, at(*b)?);
            if a.0 > b.0 {
                std::mem::swap(&mut a, &mut b);
            }
            let name_width = Self::COLUMN.saturating_sub(44);
            let from = if a.0 == b.0 { a.1 } else { a.1 + name_width };
            Some((
                from,
                a.2.saturating_sub(4),
                b.1.saturating_sub(4),
                b.2.saturating_sub(4),
            ))
        });
        let drawn = nodes
            .iter()
            .enumerate()
            .filter_map(|(number, (_, name, class, href))| {
                let (_, x, y) = at(number)?;
                let cut: String = name.chars().take(Self::NAME_CHARS).collect();
                let shown = if name.chars().nth(Self::NAME_CHARS).is_some() {
                    format!("{cut}…")
                } else {
                    cut
                };
                Some(Drawn {
                    x,
                    y,
                    shown,
                    name: name.clone(),
                    class,
                    href: href.clone(),
                })
            });
        Self {
            label: format!("{} things and {} links between them", nodes.len(), links.len()),
            width: columns.len() * Self::COLUMN,
            height: y_of(tallest),
            columns: columns
                .iter()
                .enumerate()
                .map(|(column, words)| (x_of(column), (*words).to_owned()))
                .collect(),
            lines: lines.collect(),
            nodes: drawn.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_graph_is_drawn_the_same_and_neighbours_stand_side_by_side() {
        let node = |column: usize, name: &str| (column, name.to_owned(), "indicator", None);
        let nodes = [
            node(0, "a"),
            node(0, "b"),
            node(1, "x"),
            node(1, "y"),
            node(1, &"z".repeat(40)),
        ];
        // x belongs to b, y to a: y stands above x.
        let links = [(0, 3), (1, 2), (1, 4)];
        let drawing = Drawing::layered(&["left", "right"], &nodes, &links);
        assert_eq!(drawing, Drawing::layered(&["left", "right"], &nodes, &links));
        let y = |name: &str| {
            drawing
                .nodes
                .iter()
                .find(|one| one.name.starts_with(name))
                .map(|one| one.y)
        };
        assert!(y("y") < y("x"), "{drawing:?}");
        assert_eq!(drawing.lines.len(), 3);
        assert!(
            drawing
                .nodes
                .iter()
                .all(|one| one.x < drawing.width && one.y < drawing.height)
        );
        assert_eq!(
            drawing.nodes.iter().map(|one| one.shown.chars().count()).max(),
            Some(31)
        );
        let empty = Drawing::layered(&["left"], &[], &[]);
        assert!(empty.nodes.is_empty() && empty.lines.is_empty());
    }
}
