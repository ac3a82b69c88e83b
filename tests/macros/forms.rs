//! The files of `compile_pass`: one form each, which has to compile without a warning and to do what it says.

#[path = "../compile_pass/argument_alias.rs"]
mod argument_alias;
#[path = "../compile_pass/argument_borrow.rs"]
mod argument_borrow;
#[path = "../compile_pass/argument_cow.rs"]
mod argument_cow;
#[path = "../compile_pass/argument_date.rs"]
mod argument_date;
#[path = "../compile_pass/argument_default.rs"]
mod argument_default;
#[path = "../compile_pass/argument_documented.rs"]
mod argument_documented;
#[path = "../compile_pass/argument_enum.rs"]
mod argument_enum;
#[path = "../compile_pass/argument_flattened.rs"]
mod argument_flattened;
#[path = "../compile_pass/argument_json.rs"]
mod argument_json;
#[path = "../compile_pass/argument_map.rs"]
mod argument_map;
#[path = "../compile_pass/argument_named_like_the_function.rs"]
mod argument_named_like_the_function;
#[path = "../compile_pass/argument_nested.rs"]
mod argument_nested;
#[path = "../compile_pass/argument_newtype.rs"]
mod argument_newtype;
#[path = "../compile_pass/argument_option.rs"]
mod argument_option;
#[path = "../compile_pass/argument_optional_str.rs"]
mod argument_optional_str;
#[path = "../compile_pass/argument_owned.rs"]
mod argument_owned;
#[path = "../compile_pass/argument_read_with.rs"]
mod argument_read_with;
#[path = "../compile_pass/argument_recursive.rs"]
mod argument_recursive;
#[path = "../compile_pass/argument_renamed.rs"]
mod argument_renamed;
#[path = "../compile_pass/argument_serde_default.rs"]
mod argument_serde_default;
#[path = "../compile_pass/argument_serde_default_of_a_function.rs"]
mod argument_serde_default_of_a_function;
#[path = "../compile_pass/argument_slice.rs"]
mod argument_slice;
#[path = "../compile_pass/argument_str.rs"]
mod argument_str;
#[path = "../compile_pass/argument_struct_of_all.rs"]
mod argument_struct_of_all;
#[path = "../compile_pass/argument_struct_of_all_by_pattern.rs"]
mod argument_struct_of_all_by_pattern;
#[path = "../compile_pass/argument_uuid.rs"]
mod argument_uuid;
#[path = "../compile_pass/argument_validated.rs"]
mod argument_validated;
#[path = "../compile_pass/basic.rs"]
mod basic;
#[path = "../compile_pass/borrowed_slice.rs"]
mod borrowed_slice;
#[path = "../compile_pass/borrowed_str.rs"]
mod borrowed_str;
#[path = "../compile_pass/cfg.rs"]
mod cfg;
#[path = "../compile_pass/context_not_first.rs"]
mod context_not_first;
#[path = "../compile_pass/crate_path.rs"]
mod crate_path;
#[path = "../compile_pass/description.rs"]
mod description;
#[path = "../compile_pass/from_a_macro.rs"]
mod from_a_macro;
#[path = "../compile_pass/function_allowed_lints.rs"]
mod function_allowed_lints;
#[path = "../compile_pass/function_async.rs"]
mod function_async;
#[path = "../compile_pass/function_generic_over_lifetimes.rs"]
mod function_generic_over_lifetimes;
#[path = "../compile_pass/function_generic_unsized.rs"]
mod function_generic_unsized;
#[path = "../compile_pass/function_generic_with_attributes.rs"]
mod function_generic_with_attributes;
#[path = "../compile_pass/function_instrumented.rs"]
mod function_instrumented;
#[path = "../compile_pass/function_local_names.rs"]
mod function_local_names;
#[path = "../compile_pass/function_plain.rs"]
mod function_plain;
#[path = "../compile_pass/generic.rs"]
mod generic;
#[path = "../compile_pass/handed_in_by_pattern.rs"]
mod handed_in_by_pattern;
#[path = "../compile_pass/handed_in_call_data.rs"]
mod handed_in_call_data;
#[path = "../compile_pass/handed_in_cancellation.rs"]
mod handed_in_cancellation;
#[path = "../compile_pass/handed_in_context.rs"]
mod handed_in_context;
#[path = "../compile_pass/handed_in_of_an_author.rs"]
mod handed_in_of_an_author;
#[path = "../compile_pass/handed_in_optional_call_data.rs"]
mod handed_in_optional_call_data;
#[path = "../compile_pass/handed_in_progress.rs"]
mod handed_in_progress;
#[path = "../compile_pass/handed_in_state.rs"]
mod handed_in_state;
#[path = "../compile_pass/handed_in_state_by_another_name.rs"]
mod handed_in_state_by_another_name;
#[path = "../compile_pass/handed_in_state_of_a_trait.rs"]
mod handed_in_state_of_a_trait;
#[path = "../compile_pass/handed_in_without_a_name.rs"]
mod handed_in_without_a_name;
#[path = "../compile_pass/inside_a_function.rs"]
mod inside_a_function;
#[path = "../compile_pass/lifetime_parameter.rs"]
mod lifetime_parameter;
#[path = "../compile_pass/method_arc_self.rs"]
mod method_arc_self;
#[path = "../compile_pass/method_beside_functions.rs"]
mod method_beside_functions;
#[path = "../compile_pass/method_description_of_self.rs"]
mod method_description_of_self;
#[path = "../compile_pass/method_of_a_generic_type.rs"]
mod method_of_a_generic_type;
#[path = "../compile_pass/method_of_a_static_type.rs"]
mod method_of_a_static_type;
#[path = "../compile_pass/method_of_a_trait.rs"]
mod method_of_a_trait;
#[path = "../compile_pass/method_of_an_async_trait.rs"]
mod method_of_an_async_trait;
#[path = "../compile_pass/method_self.rs"]
mod method_self;
#[path = "../compile_pass/method_under_cfg.rs"]
mod method_under_cfg;
#[path = "../compile_pass/method_without_self.rs"]
mod method_without_self;
#[path = "../compile_pass/names.rs"]
mod names;
#[path = "../compile_pass/other_attributes.rs"]
mod other_attributes;
#[path = "../compile_pass/private_argument_type.rs"]
pub mod private_argument_type;
#[path = "../compile_pass/result_alias.rs"]
mod result_alias;
#[path = "../compile_pass/result_bool.rs"]
mod result_bool;
#[path = "../compile_pass/result_borrowed_text.rs"]
mod result_borrowed_text;
#[path = "../compile_pass/result_image.rs"]
mod result_image;
#[path = "../compile_pass/result_json.rs"]
mod result_json;
#[path = "../compile_pass/result_nameless.rs"]
mod result_nameless;
#[path = "../compile_pass/result_nothing.rs"]
mod result_nothing;
#[path = "../compile_pass/result_number.rs"]
mod result_number;
#[path = "../compile_pass/result_own_error.rs"]
mod result_own_error;
#[path = "../compile_pass/result_resource.rs"]
mod result_resource;
#[path = "../compile_pass/result_std_error.rs"]
mod result_std_error;
#[path = "../compile_pass/result_text.rs"]
mod result_text;
#[path = "../compile_pass/result_text_as_error.rs"]
mod result_text_as_error;
#[path = "../compile_pass/result_text_part.rs"]
mod result_text_part;
#[path = "../compile_pass/result_typed_json.rs"]
mod result_typed_json;
#[path = "../compile_pass/result_types.rs"]
mod result_types;
#[path = "../compile_pass/shadowed_names.rs"]
mod shadowed_names;
#[path = "../compile_pass/tools_under_cfg.rs"]
mod tools_under_cfg;
#[path = "../compile_pass/toolset.rs"]
pub mod toolset;
#[path = "../compile_pass/url.rs"]
mod url;
#[path = "../compile_pass/visibility.rs"]
mod visibility;
#[path = "../compile_pass/where_clause.rs"]
mod where_clause;

#[test]
fn a_url_has_values_of_all_kinds() {
    let base = url::tools().get("fetch").unwrap().definition().base_url().unwrap().clone().unwrap();
    assert_eq!(base.to_string(), "https://api.acme.com/v1/");
    let api = url::Api::new("https://api.acme.com/v2/", " a/b ");
    assert_eq!(
        api.urls("c d").unwrap(),
        [
            "https://api.acme.com/v2/a%2Fb",
            "https://[::1]:8080/c%20d",
            "https://api.acme.com/v2/",
            "https://api.acme.com/documents/ab"
        ]
    );
}
