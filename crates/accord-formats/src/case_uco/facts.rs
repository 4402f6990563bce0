//! Reading back what the profile states, to compare it with the acquisition record.

use std::collections::BTreeMap;

use serde_json::Value;

/// Most bytes of a CASE document that is read.
pub const CASE_MAX_BYTES: usize = 16 << 20;

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// Longer than [`CASE_MAX_BYTES`].
    #[error("the CASE document is longer than 16 MiB")]
    TooLong,
    /// Not JSON.
    #[error("the CASE document is not JSON: {0}")]
    NotJson(String),
    /// Not of the profile that is written here.
    #[error("the CASE document has no @graph list")]
    NoGraph,
}

/// What one file is said to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileFacts {
    /// Lengths stated.
    pub lengths: Vec<String>,
    /// Hash method to value.
    pub hashes: BTreeMap<String, String>,
    /// Whether it names what it was derived from.
    pub derived: bool,
}

/// The statements that can be compared with an acquisition record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Files by path inside the package.
    pub files: BTreeMap<String, FileFacts>,
    /// Exhibit numbers of all provenance records.
    pub exhibits: Vec<String>,
    /// Identifiers of all authorizations.
    pub authorizations: Vec<String>,
    /// Name and version of all tools.
    pub tools: Vec<(String, String)>,
    /// Start and end of each investigative action with a result.
    pub acquisitions: Vec<(String, String)>,
    /// External identifiers of identities, sources and case numbers.
    pub identifiers: Vec<String>,
    /// Names of the sources: files that are not in the package.
    pub sources: Vec<String>,
    /// Marking statements.
    pub markings: Vec<String>,
}

impl Facts {
    /// Reads a document of the profile of `emit`; what it does not know it passes over.
    ///
    /// # Errors
    /// [`CaseError`]: too long, not JSON, no `@graph`.
    pub fn read(bytes: &[u8]) -> Result<Self, CaseError> {
        if bytes.len() > CASE_MAX_BYTES {
            return Err(CaseError::TooLong);
        }
        let document: Value =
            serde_json::from_slice(bytes).map_err(|error| CaseError::NotJson(error.to_string()))?;
        let nodes = document
            .get("@graph")
            .and_then(Value::as_array)
            .ok_or(CaseError::NoGraph)?;
        let mut facts = Self::default();
        for node in nodes {
            facts.node(node);
        }
        Ok(facts)
    }

    fn node(&mut self, node: &Value) {
        let get = |key: &str| text(node.get(key));
        for external in many(node.get("uco-core:externalReference")) {
            self.identifiers
                .extend(text(external.get("uco-core:externalIdentifier")));
        }
        match get("@type").as_deref() {
            Some("uco-observable:File") => self.file(node),
            Some("case-investigation:ProvenanceRecord") => {
                self.exhibits.extend(get("case-investigation:exhibitNumber"));
            }
            Some("case-investigation:Authorization") => {
                self.authorizations
                    .extend(get("case-investigation:authorizationIdentifier"));
            }
            Some("uco-tool:ConfiguredTool" | "uco-tool:Tool") => self.tools.push((
                get("uco-core:name").unwrap_or_default(),
                get("uco-tool:version").unwrap_or_default(),
            )),
            Some("case-investigation:InvestigativeAction") if node.get("uco-action:result").is_some() => {
                self.acquisitions.push((
                    get("uco-action:startTime").unwrap_or_default(),
                    get("uco-action:endTime").unwrap_or_default(),
                ));
            }
            Some("uco-marking:MarkingDefinition") => {
                for definition in many(node.get("uco-marking:definition")) {
                    self.markings
                        .extend(text(definition.get("uco-marking:statement")));
                }
            }
            _ => {}
        }
    }

    fn file(&mut self, node: &Value) {
        let mut facts = FileFacts {
            derived: node.get("case-investigation:wasDerivedFrom").is_some(),
            ..FileFacts::default()
        };
        let (mut path, mut name) = (None, None);
        for facet in many(node.get("uco-core:hasFacet")) {
            path = path.or_else(|| text(facet.get("uco-observable:filePath")));
            name = name.or_else(|| text(facet.get("uco-observable:fileName")));
            facts
                .lengths
                .extend(text(facet.get("uco-observable:sizeInBytes")));
            for hash in many(facet.get("uco-observable:hash")) {
                let method = text(hash.get("uco-types:hashMethod")).unwrap_or_default();
                facts
                    .hashes
                    .insert(method, text(hash.get("uco-types:hashValue")).unwrap_or_default());
            }
        }
        match path {
            Some(path) => {
                self.files.insert(path, facts);
            }
            None => self.sources.extend(name),
        }
    }
}

/// A literal's text, typed or plain.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Object(typed) => text(typed.get("@value")),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One value or a list of them.
fn many(value: Option<&Value>) -> &[Value] {
    match value {
        None => &[],
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
    }
}
