//! What the columns of documentation tables are called, in English and Chinese.

/// What a column of a documentation table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Of a field.
    Name,
    Type,
    Required,
    /// In the path, the query, a header or the body.
    In,
    Description,
    Example,
    Default,
    /// A native code, or one value of a field.
    Code,
    HttpStatus,
    /// What the platform says, in words.
    Message,
    /// Of the call: method, path, quota.
    Property,
    Value,
    /// A running number; `7.1` is a member of `7`.
    Number,
    /// Known, and nothing to us, such as a length.
    Ignored,
}

impl Column {
    /// The column that a header cell names.
    pub(crate) fn named(header: &str) -> Option<Self> {
        let name = folded(header);
        NAMES
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()))
            .map(|&(column, _)| column)
    }
}

/// Header cells, folded: lower case, letters only.
pub(crate) const NAMES: &[(Column, &[&str])] = &[
    (
        Column::Name,
        &[
            "name",
            "path",
            "parameter",
            "parameters",
            "parametername",
            "param",
            "paramname",
            "field",
            "fieldname",
            "fields",
            "header",
            "headername",
            "attribute",
            "key",
            "参数",
            "参数名",
            "参数名称",
            "字段",
            "字段名",
            "字段名称",
            "属性",
            "属性名",
            "名称",
            "变量名",
            "变量",
            "键",
        ],
    ),
    (
        Column::Type,
        &[
            "type",
            "datatype",
            "parametertype",
            "fieldtype",
            "类型",
            "数据类型",
            "参数类型",
            "字段类型",
            "值类型",
        ],
    ),
    (
        Column::Required,
        &[
            "required",
            "isrequired",
            "mandatory",
            "isitnecessarytofillout",
            "isitnecessary",
            "necessary",
            "must",
            "必选",
            "必填",
            "是否必填",
            "是否必须",
            "是否必选",
            "必须",
            "是否必需",
            "是否必要",
            "必需",
            "是否必传",
            "必传",
        ],
    ),
    (
        Column::In,
        &[
            "in",
            "位置",
            "参数位置",
            "location",
            "locatedin",
            "position",
        ],
    ),
    (
        Column::Description,
        &[
            "description",
            "desc",
            "descriptions",
            "introduction",
            "introductions",
            "remark",
            "remarks",
            "note",
            "notes",
            "explanation",
            "meaning",
            "comment",
            "details",
            "possiblereason",
            "reason",
            "solution",
            "说明",
            "描述",
            "参数说明",
            "字段说明",
            "参数描述",
            "字段描述",
            "备注",
            "含义",
            "解释",
            "解决方案",
            "处理建议",
            "中文名",
            "中文含义",
            "释义",
            "详细说明",
        ],
    ),
    (
        Column::Example,
        &[
            "example",
            "examples",
            "examplevalue",
            "sample",
            "samplevalue",
            "exampleresponse",
            "示例",
            "示例值",
            "样例",
            "例子",
            "参考值",
            "示例数据",
        ],
    ),
    (
        Column::Default,
        &["default", "defaultvalue", "默认值", "默认"],
    ),
    (
        Column::Code,
        &[
            "code",
            "errorcode",
            "errcode",
            "returncode",
            "enum",
            "enumvalue",
            "枚举",
            "枚举值",
            "错误码",
            "返回码",
            "状态码",
            "错误代码",
            "状态值",
            "代码",
            "编码",
            "状态",
        ],
    ),
    (
        Column::HttpStatus,
        &[
            "statuscode",
            "httpstatus",
            "httpstatuscode",
            "httpcode",
            "http状态码",
        ],
    ),
    (
        Column::Message,
        &[
            "message",
            "errormessage",
            "errmsg",
            "msg",
            "错误信息",
            "错误描述",
            "错误码描述",
            "错误码取值",
            "返回信息",
            "错误说明",
            "返回码说明",
            "提示信息",
        ],
    ),
    (Column::Property, &["property", "item", "项目", "项"]),
    (
        Column::Value,
        &["value", "values", "值", "内容", "取值", "content"],
    ),
    (Column::Number, &["no", "index", "序号"]),
    (
        Column::Ignored,
        &[
            "编号",
            "length",
            "maxlength",
            "长度",
            "最大长度",
            "schema",
            "title",
            "constraints",
            "约束",
        ],
    ),
];

/// Lower case, letters only: how headers are compared.
pub(crate) fn folded(text: &str) -> String {
    text.chars()
        .filter(|next| next.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
