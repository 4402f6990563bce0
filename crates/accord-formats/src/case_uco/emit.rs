//! Writing the document.

use serde_json::{Map, Value, json};

use super::name::name_uuid;

/// A file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcquiredFile {
    /// Path inside the package.
    pub path: String,
    /// IANA media type.
    pub media_type: String,
    /// Length in bytes.
    pub length: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// SHA-512, lower-case hex.
    pub sha512: String,
    /// For original lines: the index in [`Acquired::sources`] they come from.
    pub source: Option<usize>,
}

/// A log at its holder, from which lines were taken. Not in the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name there.
    pub name: String,
    /// What names its content: the context of the identifier, and the identifier.
    pub origin: (String, String),
}

/// An organisation or a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Random or agreed identifier.
    pub id: String,
    /// Name, when it is released.
    pub name: Option<String>,
}

/// A legal authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// What kind of authority.
    pub kind: String,
    /// Its number or reference.
    pub identifier: String,
    /// From, RFC 3339.
    pub from: Option<String>,
    /// To, RFC 3339.
    pub to: Option<String>,
}

/// Everything that the document tells. Times are RFC 3339 text in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acquired {
    /// Space of the names: the same for the same package only.
    pub name_space: String,
    /// The investigation, by its operation name or case id.
    pub investigation: String,
    /// Case numbers: whose, and the number.
    pub references: Vec<(String, String)>,
    /// The exhibit's number.
    pub exhibit: String,
    /// The number of the exhibit it derives from.
    pub root_exhibit: Option<String>,
    /// What the exhibit is.
    pub description: String,
    /// Legal authorities.
    pub authorizations: Vec<Authorization>,
    /// Who asked.
    pub asker: Party,
    /// Who holds the logs.
    pub holder: Party,
    /// Who acquired.
    pub performer: Party,
    /// The exact question.
    pub question: String,
    /// When the question was asked.
    pub asked: Option<String>,
    /// Start of the acquisition.
    pub started: String,
    /// Its end.
    pub ended: String,
    /// Name and version of the tool.
    pub tool: (String, String),
    /// Settings of the tool, its digest among them.
    pub settings: Vec<(String, String)>,
    /// The logs.
    pub sources: Vec<Source>,
    /// The files.
    pub files: Vec<AcquiredFile>,
    /// Marking, such as `TLP:AMBER`.
    pub marking: String,
}

/// Writes the document: UTF-8 JSON, keys sorted, two spaces of indent, a newline at the end.
pub fn emit(acquired: &Acquired) -> Vec<u8> {
    let graph = Graph {
        space: &acquired.name_space,
    };
    let mut nodes = Vec::new();

    let organisations = [("asker", &acquired.asker), ("holder", &acquired.holder)];
    for (name, party) in organisations {
        nodes.push(graph.party(name, "uco-identity:Organization", party));
    }
    nodes.push(graph.party("performer", "uco-identity:Person", &acquired.performer));
    nodes.push(json!({
        "@id": graph.id("marking"),
        "@type": "uco-marking:MarkingDefinition",
        "uco-marking:definitionType": "statement",
        "uco-marking:definition": {
            "@id": graph.id("marking/statement"),
            "@type": "uco-marking:StatementMarking",
            "uco-marking:definitionType": "statement",
            "uco-marking:statement": acquired.marking,
        },
    }));
    let mut authorizations = Vec::new();
    for (index, authorization) in acquired.authorizations.iter().enumerate() {
        let id = graph.id(&format!("authorization/{index}"));
        authorizations.push(reference(&id));
        let mut node = json!({
            "@id": id,
            "@type": "case-investigation:Authorization",
            "case-investigation:authorizationType": authorization.kind,
            "case-investigation:authorizationIdentifier": authorization.identifier,
        });
        put(
            &mut node,
            "uco-core:startTime",
            authorization.from.as_deref().map(date_time),
        );
        put(
            &mut node,
            "uco-core:endTime",
            authorization.to.as_deref().map(date_time),
        );
        nodes.push(node);
    }
    nodes.push(graph.tool(acquired));

    let mut sources = Vec::new();
    for (index, source) in acquired.sources.iter().enumerate() {
        let name = format!("source/{index}");
        sources.push(reference(&graph.id(&name)));
        nodes.push(json!({
            "@id": graph.id(&name),
            "@type": "uco-observable:File",
            "uco-core:description": "A log at its holder. It is not in the package.",
            "uco-core:externalReference": graph.external(&name, &source.origin.0, &source.origin.1),
            "uco-core:hasFacet": {
                "@id": graph.id(&format!("{name}/file")),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": source.name,
            },
        }));
    }
    let mut files = Vec::new();
    for file in &acquired.files {
        files.push(reference(&graph.id(&format!("file/{}", file.path))));
        nodes.push(graph.file(file));
    }
    nodes.extend(graph.actions(acquired, &sources, &files));

    let objects: Vec<Value> = nodes
        .iter()
        .filter_map(|node| node.get("@id")?.as_str().map(reference))
        .collect();
    let numbers: Vec<Value> = acquired
        .references
        .iter()
        .enumerate()
        .map(|(index, (whose, number))| graph.external(&format!("reference/{index}"), whose, number))
        .collect();
    let mut investigation = json!({
        "@id": graph.id("investigation"),
        "@type": "case-investigation:Investigation",
        "uco-core:name": acquired.investigation,
        "uco-core:object": objects,
        "uco-core:objectMarking": reference(&graph.id("marking")),
    });
    put(
        &mut investigation,
        "uco-core:externalReference",
        (!numbers.is_empty()).then_some(Value::Array(numbers)),
    );
    put(
        &mut investigation,
        "case-investigation:relevantAuthorization",
        (!authorizations.is_empty()).then_some(Value::Array(authorizations)),
    );
    nodes.push(investigation);

    let document = json!({
        "@context": {
            "case-investigation": "https://ontology.caseontology.org/case/investigation/",
            "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
            "uco-configuration": "https://ontology.unifiedcyberontology.org/uco/configuration/",
            "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
            "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
            "uco-marking": "https://ontology.unifiedcyberontology.org/uco/marking/",
            "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
            "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
            "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@graph": nodes,
    });
    // A Value of strings, lists and maps always becomes text.
    let mut text = serde_json::to_string_pretty(&sorted(document)).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

struct Graph<'a> {
    space: &'a str,
}

impl Graph<'_> {
    fn id(&self, name: &str) -> String {
        name_uuid(self.space, name)
    }

    fn external(&self, name: &str, context: &str, identifier: &str) -> Value {
        json!({
            "@id": self.id(&format!("{name}/external")),
            "@type": "uco-core:ExternalReference",
            "uco-core:definingContext": context,
            "uco-core:externalIdentifier": identifier,
        })
    }

    fn party(&self, name: &str, class: &str, party: &Party) -> Value {
        let mut node = json!({
            "@id": self.id(name),
            "@type": class,
            "uco-core:externalReference": self.external(name, "Accord", &party.id),
        });
        put(&mut node, "uco-core:name", party.name.clone().map(Value::String));
        node
    }

    fn tool(&self, acquired: &Acquired) -> Value {
        let entries: Vec<Value> = acquired
            .settings
            .iter()
            .enumerate()
            .map(|(index, (key, value))| {
                json!({
                    "@id": self.id(&format!("tool/setting/{index}")),
                    "@type": "uco-configuration:ConfigurationEntry",
                    "uco-configuration:itemName": key,
                    "uco-configuration:itemValue": value,
                })
            })
            .collect();
        let mut node = json!({
            "@id": self.id("tool"),
            "@type": "uco-tool:ConfiguredTool",
            "uco-core:name": acquired.tool.0,
            "uco-tool:version": acquired.tool.1,
        });
        let configuration = json!({
            "@id": self.id("tool/configuration"),
            "@type": "uco-configuration:Configuration",
            "uco-configuration:configurationEntry": entries,
        });
        put(
            &mut node,
            "uco-configuration:usesConfiguration",
            (!acquired.settings.is_empty()).then_some(configuration),
        );
        node
    }

    fn file(&self, file: &AcquiredFile) -> Value {
        let name = format!("file/{}", file.path);
        let hash = |method: &str, value: &str| {
            json!({
                "@id": self.id(&format!("{name}/{method}")),
                "@type": "uco-types:Hash",
                "uco-types:hashMethod": method,
                "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": value},
            })
        };
        let size = json!({"@type": "xsd:integer", "@value": file.length.to_string()});
        let mut node = json!({
            "@id": self.id(&name),
            "@type": "uco-observable:File",
            "uco-core:hasFacet": [
                {
                    "@id": self.id(&format!("{name}/file")),
                    "@type": "uco-observable:FileFacet",
                    "uco-observable:fileName": file.path.rsplit('/').next().unwrap_or(&file.path),
                    "uco-observable:filePath": file.path,
                    "uco-observable:sizeInBytes": size,
                },
                {
                    "@id": self.id(&format!("{name}/content")),
                    "@type": "uco-observable:ContentDataFacet",
                    "uco-observable:hash": [hash("SHA256", &file.sha256), hash("SHA512", &file.sha512)],
                    "uco-observable:mimeType": file.media_type,
                    "uco-observable:sizeInBytes": size,
                },
            ],
        });
        let origin = file
            .source
            .map(|index| reference(&self.id(&format!("source/{index}"))));
        put(&mut node, "case-investigation:wasDerivedFrom", origin);
        node
    }

    /// The request, the acquisition it led to, and the record of what that gave.
    fn actions(&self, acquired: &Acquired, sources: &[Value], files: &[Value]) -> [Value; 3] {
        let mut request = json!({
            "@id": self.id("request"),
            "@type": "case-investigation:InvestigativeAction",
            "uco-core:name": "request",
            "uco-core:description": acquired.question,
            "uco-action:performer": reference(&self.id("asker")),
            "uco-action:participant": reference(&self.id("holder")),
        });
        put(
            &mut request,
            "uco-action:startTime",
            acquired.asked.as_deref().map(date_time),
        );
        let mut results = files.to_vec();
        results.push(reference(&self.id("provenance")));
        let acquisition = json!({
            "@id": self.id("acquisition"),
            "@type": "case-investigation:InvestigativeAction",
            "uco-core:name": "acquisition",
            "uco-core:description": acquired.description,
            "uco-action:performer": reference(&self.id("performer")),
            "uco-action:participant": reference(&self.id("holder")),
            "uco-action:instrument": reference(&self.id("tool")),
            "uco-action:object": sources,
            "uco-action:result": results,
            "uco-action:startTime": date_time(&acquired.started),
            "uco-action:endTime": date_time(&acquired.ended),
            "case-investigation:wasInformedBy": reference(&self.id("request")),
        });
        let mut provenance = json!({
            "@id": self.id("provenance"),
            "@type": "case-investigation:ProvenanceRecord",
            "uco-core:description": acquired.description,
            "uco-core:object": files,
            "case-investigation:exhibitNumber": acquired.exhibit,
        });
        put(
            &mut provenance,
            "case-investigation:rootExhibitNumber",
            acquired.root_exhibit.clone().map(Value::String),
        );
        [request, acquisition, provenance]
    }
}

fn reference(id: &str) -> Value {
    json!({ "@id": id })
}

fn date_time(text: &str) -> Value {
    json!({"@type": "xsd:dateTime", "@value": text})
}

fn put(node: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(node), Some(value)) = (node.as_object_mut(), value) {
        node.insert(key.to_owned(), value);
    }
}

/// Keys in byte order, whichever map `serde_json` was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map.into_iter().collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(
                pairs
                    .into_iter()
                    .map(|(key, value)| (key, sorted(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
