//! Word-processing documents (ECMA-376, WordprocessingML), written: titles, paragraphs and tables that people edit,
//! sign and print. The same document gives the same bytes.
//!
//! Written as the few parts that every word processor reads, with no macro, no link, no picture and no outside
//! reference. Deliberately absent: reading.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::archive::{ArchiveError, write_zip};

/// Most rows of one table.
pub const TABLE_MAX_ROWS: usize = 50_000;

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// The title.
    Title(String),
    /// A heading.
    Heading(String),
    /// A paragraph; lines of its text stay lines.
    Text(String),
    /// A table: its heads, and its rows.
    Table {
        /// The heads, with each column's width in twentieths of a point.
        heads: Vec<(String, u32)>,
        /// The rows; a cell beyond the heads is left out.
        rows: Vec<Vec<String>>,
    },
    /// Where somebody signs: who.
    Signature(String),
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What stands at the foot of every page: reference, marking.
    pub foot: String,
    /// Whether it lies on its side.
    pub landscape: bool,
    /// Its parts.
    pub blocks: Vec<Block>,
}

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const DOCUMENT_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/></Relationships>"#;
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="20"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="120"/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style><w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/><w:rPr><w:b/><w:sz w:val="36"/></w:rPr></w:style><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="240"/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="26"/></w:rPr></w:style></w:styles>"#;
const SPACE: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
                     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";

/// Escapes text as people should read it ([`crate::letters::shown`]), and leaves out what XML 1.0 cannot hold.
fn escaped(text: &str, out: &mut String) {
    for c in crate::letters::shown(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

fn run(text: &str, bold: bool, out: &mut String) {
    out.push_str("<w:r>");
    if bold {
        out.push_str("<w:rPr><w:b/></w:rPr>");
    }
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            out.push_str("<w:br/>");
        }
        out.push_str("<w:t xml:space=\"preserve\">");
        escaped(line, out);
        out.push_str("</w:t>");
    }
    out.push_str("</w:r>");
}

fn paragraph(style: &str, text: &str, bold: bool, out: &mut String) {
    out.push_str("<w:p>");
    if !style.is_empty() {
        let _ = write!(out, "<w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>");
    }
    run(text, bold, out);
    out.push_str("</w:p>");
}

fn row(cells: &[(&str, u32)], head: bool, out: &mut String) {
    out.push_str("<w:tr><w:trPr><w:cantSplit/>");
    if head {
        out.push_str("<w:tblHeader/>");
    }
    out.push_str("</w:trPr>");
    for (text, width) in cells {
        let _ = write!(
            out,
            "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr>"
        );
        paragraph("", text, head, out);
        out.push_str("</w:tc>");
    }
    out.push_str("</w:tr>");
}

fn table(heads: &[(String, u32)], rows: &[Vec<String>], out: &mut String) {
    out.push_str("<w:tbl><w:tblPr><w:tblW w:w=\"0\" w:type=\"auto\"/><w:tblBorders>");
    for side in ["top", "left", "bottom", "right", "insideH", "insideV"] {
        let _ = write!(
            out,
            "<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"808080\"/>"
        );
    }
    out.push_str("</w:tblBorders></w:tblPr><w:tblGrid>");
    for (_, width) in heads {
        let _ = write!(out, "<w:gridCol w:w=\"{width}\"/>");
    }
    out.push_str("</w:tblGrid>");
    let cells: Vec<(&str, u32)> = heads
        .iter()
        .map(|(text, width)| (text.as_str(), *width))
        .collect();
    row(&cells, true, out);
    for given in rows {
        let cells: Vec<(&str, u32)> = heads
            .iter()
            .enumerate()
            .map(|(number, (_, width))| (given.get(number).map_or("", String::as_str), *width))
            .collect();
        row(&cells, false, out);
    }
    out.push_str("</w:tbl>");
    // A table at the end of a body, or beside another, needs a paragraph after it.
    out.push_str("<w:p/>");
}

/// Writes a document.
///
/// # Errors
/// A table of more than [`TABLE_MAX_ROWS`] rows; more than an archive holds.
pub fn write_docx(document: &Document) -> Result<Vec<u8>, ArchiveError> {
    let mut body = String::new();
    for block in &document.blocks {
        match block {
            Block::Title(text) => paragraph("Title", text, false, &mut body),
            Block::Heading(text) => paragraph("Heading1", text, false, &mut body),
            Block::Text(text) => paragraph("", text, false, &mut body),
            Block::Table { heads, rows } => {
                if rows.len() > TABLE_MAX_ROWS {
                    return Err(ArchiveError::Limit {
                        what: "the number of rows of a table",
                        given: rows.len() as u64,
                        limit: TABLE_MAX_ROWS as u64,
                    });
                }
                table(heads, rows, &mut body);
            }
            Block::Signature(who) => {
                paragraph("", "\n\n______________________________", false, &mut body);
                paragraph("", who, false, &mut body);
            }
        }
    }
    // A4, in twentieths of a point.
    let (width, height, side) = if document.landscape {
        (16_838, 11_906, " w:orient=\"landscape\"")
    } else {
        (11_906, 16_838, "")
    };
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:document {SPACE}><w:body>{body}<w:sectPr>\
         <w:footerReference w:type=\"default\" r:id=\"rId2\"/><w:pgSz w:w=\"{width}\" w:h=\"{height}\"{side}/>\
         <w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1134\" w:header=\"567\" w:footer=\"567\" \
         w:gutter=\"0\"/></w:sectPr></w:body></w:document>"
    );
    let mut foot = String::new();
    escaped(&document.foot, &mut foot);
    let footer = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:ftr {SPACE}><w:p><w:r>\
         <w:t xml:space=\"preserve\">{foot}  </w:t></w:r><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r>\
         <w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>\
         </w:p></w:ftr>"
    );
    let files: BTreeMap<String, Vec<u8>> = [
        ("[Content_Types].xml", TYPES.to_owned()),
        ("_rels/.rels", RELATIONS.to_owned()),
        ("word/_rels/document.xml.rels", DOCUMENT_RELATIONS.to_owned()),
        ("word/document.xml", text),
        ("word/footer1.xml", footer),
        ("word/styles.xml", STYLES.to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .collect();
    write_zip("", &files)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn document(blocks: Vec<Block>) -> Document {
        Document {
            foot: "K-1 & more".into(),
            landscape: true,
            blocks,
        }
    }

    #[test]
    fn text_stays_text() {
        let hostile = "<w:t>\" & \u{0} \u{ffff} =cmd()\nsecond \u{202e}bаnk";
        let blocks = vec![
            Block::Title("Schedule".into()),
            Block::Heading("Items".into()),
            Block::Text(hostile.into()),
            Block::Table {
                heads: vec![("Number".into(), 1_000), ("What".into(), 5_000)],
                rows: vec![vec!["1".into(), hostile.into(), "left out".into()], vec![]],
            },
            Block::Signature("The disclosure officer".into()),
        ];
        let bytes = write_docx(&document(blocks.clone())).unwrap();
        assert_eq!(bytes, write_docx(&document(blocks)).unwrap(), "the same bytes");
        let text = part(&bytes, "word/document.xml");
        let shown = "&lt;w:t&gt;&quot; &amp; [U+0000]  =cmd()</w:t><w:br/><w:t xml:space=\"preserve\">second \
                     [U+202E]bаnk [not Latin: а U+0430]</w:t>";
        assert_eq!(text.matches(shown).count(), 2, "{text}");
        assert!(!text.contains("left out"));
        assert_eq!(text.matches("<w:tr>").count(), 3);
        assert!(part(&bytes, "word/footer1.xml").contains("K-1 &amp; more"));
        for name in [
            "[Content_Types].xml",
            "_rels/.rels",
            "word/styles.xml",
            "word/_rels/document.xml.rels",
        ] {
            assert!(part(&bytes, name).starts_with("<?xml"), "{name}");
        }
    }

    #[test]
    fn a_table_at_its_limit_and_one_past_it() {
        let of = |rows| {
            let heads = vec![("N".into(), 1)];
            document(vec![Block::Table {
                heads,
                rows: vec![vec![]; rows],
            }])
        };
        assert!(write_docx(&of(TABLE_MAX_ROWS)).is_ok());
        assert!(write_docx(&of(TABLE_MAX_ROWS + 1)).is_err());
    }
}
