namespace Fairway.Pipelines.Expressions;

/// <summary>The functions, as GitHub's documentation has them.</summary>
public sealed class FunctionTests
{
    [Theory]
    [InlineData("contains('Hello world', 'llo')", true)]
    [InlineData("contains('Hello world', 'LLO')", true)]
    [InlineData("contains('Hello world', '')", true)]
    [InlineData("contains('', '')", true)]
    [InlineData("contains('', 'a')", false)]
    [InlineData("contains('search', 'x')", false)]
    [InlineData("contains(123, 2)", true)]
    [InlineData("contains(true, 'RU')", true)]
    [InlineData("contains(null, '')", true)]
    [InlineData("contains('a null b', null)", true)]
    [InlineData("contains(fromJSON('[\"push\", \"pull_request\"]'), github.event_name)", true)]
    [InlineData("contains(fromJSON('[\"push\", \"pull_request\"]'), 'PUSH')", true)]
    [InlineData("contains(fromJSON('[\"push\", \"pull_request\"]'), 'pus')", false)]
    [InlineData("contains(fromJSON('[1, 2]'), '2')", true)]
    [InlineData("contains(fromJSON('[null]'), '')", true)]
    [InlineData("contains(fromJSON('[true]'), 1)", true)]
    [InlineData("contains(fromJSON('[]'), null)", false)]
    [InlineData("contains(fromJSON('[[1]]'), fromJSON('[1]'))", false)]
    [InlineData("contains(fromJSON('{\"a\":1}'), 'a')", false)]
    [InlineData("contains('Array', fromJSON('[]'))", false)]
    [InlineData("contains(github.event.issue.labels.*.name, 'bug')", true)]
    [InlineData("contains(github.event.issue.labels.*.name, 'BUG')", true)]
    [InlineData("contains(github.event.issue.labels.*.name, 'bu')", false)]
    [InlineData("CONTAINS('a', 'A')", true)]
    [InlineData("startsWith('Hello world', 'He')", true)]
    [InlineData("startsWith('Hello world', 'hE')", true)]
    [InlineData("startsWith('Hello', 'lo')", false)]
    [InlineData("startsWith('', '')", true)]
    [InlineData("startsWith(123, 12)", true)]
    [InlineData("startsWith(123, '12')", true)]
    [InlineData("startsWith(null, '')", true)]
    [InlineData("startsWith('true!', true)", true)]
    [InlineData("startsWith(fromJSON('[]'), 'A')", false)]
    [InlineData("startsWith('Array', fromJSON('[]'))", false)]
    [InlineData("endsWith('Hello world', 'ld')", true)]
    [InlineData("endsWith('Hello world', 'LD')", true)]
    [InlineData("endsWith('Hello world', 'He')", false)]
    [InlineData("endsWith(123, 23)", true)]
    [InlineData("endsWith('a', '')", true)]
    [InlineData("endsWith(fromJSON('{}'), 't')", false)]
    public void A_text_is_searched_whatever_its_case(string text, bool holds)
    {
        var value = Assert.IsType<BooleanValue>(Given.Value(text));
        Assert.Equal(holds, value.Value);
    }

    [Theory]
    [InlineData("format('Hello {0} {1} {2}', 'Mona', 'the', 'Octocat')", "Hello Mona the Octocat")]
    [InlineData("format('{{Hello {0} {1} {2}!}}', 'Mona', 'the', 'Octocat')", "{Hello Mona the Octocat!}")]
    [InlineData("format('text')", "text")]
    [InlineData("format('')", "")]
    [InlineData("format('{0}{0}{0}', 'ab')", "ababab")]
    [InlineData("format('{1} {0}', 1, 2)", "2 1")]
    [InlineData("format('{0}', '{1}', 'x')", "{1}")]
    [InlineData("format('{{{0}}}', 'x')", "{x}")]
    [InlineData("format('{{}}')", "{}")]
    [InlineData("format('}}{{')", "}{")]
    [InlineData("format('{{0}}', 'x')", "{0}")]
    [InlineData("format('{00}', 'x')", "x")]
    [InlineData("format('{0} {1} {2}', 1.0, 1.1, 1234567890.0)", "1 1.1 1234567890")]
    [InlineData("format('{0}', null)", "")]
    [InlineData("format('{0}', true)", "true")]
    [InlineData("format('{0}', fromJSON('[]'))", "Array")]
    [InlineData("format('{0}', fromJSON('{}'))", "Object")]
    [InlineData("format('a{0}', 'b', fromJSON('never asked'))", "ab")]
    [InlineData("format(123)", "123")]
    [InlineData("format(null)", "")]
    public void Format_puts_values_in_place(string text, string value) => Assert.Equal(value, Given.Value(text).ToText());

    [Theory]
    [InlineData("format('{')")]
    [InlineData("format('}')")]
    [InlineData("format('{0', 1)")]
    [InlineData("format('{}', 1)")]
    [InlineData("format('{ 0 }', 1)")]
    [InlineData("format('{a}', 1)")]
    [InlineData("format('{-1}', 1)")]
    [InlineData("format('{0:N}', 1)")]
    [InlineData("format('{1}', 1)")]
    [InlineData("format('{0}')")]
    [InlineData("format('{256}', 1)")]
    [InlineData("format('{0}}', 1)")]
    [InlineData("format('{{0}', 1)")]
    public void A_malformed_format_is_a_fault_that_says_where(string text)
        => Assert.Contains("format is given a text it cannot follow at letter", Given.Fault(text).What, StringComparison.Ordinal);

    [Theory]
    [InlineData("join(list)", "zero,one,two")]
    [InlineData("join(list, ', ')", "zero, one, two")]
    [InlineData("join(list, '')", "zeroonetwo")]
    [InlineData("join(list, null)", "zeroonetwo")]
    [InlineData("join(list, 0)", "zero0one0two")]
    [InlineData("join(list, list)", "zero,one,two")]
    [InlineData("join('hello', ', ')", "hello")]
    [InlineData("join(12)", "12")]
    [InlineData("join(null)", "")]
    [InlineData("join(true)", "true")]
    [InlineData("join(fromJSON('[]'))", "")]
    [InlineData("join(fromJSON('[1,true,null,\"a\"]'), '-')", "1-true--a")]
    [InlineData("join(fromJSON('[[1],{}]'))", "Array,Object")]
    [InlineData("join(fromJSON('{\"a\":1}'))", "")]
    [InlineData("join(github.event.issue.labels.*.name, ', ')", "bug, help wanted")]
    public void Join_puts_a_separator_between(string text, string value) => Assert.Equal(value, Given.Value(text).ToText());

    [Theory]
    [InlineData("toJSON(null)", "null")]
    [InlineData("toJSON(true)", "true")]
    [InlineData("toJSON(1.50)", "1.5")]
    [InlineData("toJSON('a\"b\\')", "\"a\\\"b\\\\\"")]
    [InlineData("toJSON(fromJSON('\"\\t\\n\\u0001é/<\"'))", "\"\\t\\n\\u0001é/<\"")]
    [InlineData("toJSON(fromJSON('[]'))", "[]")]
    [InlineData("toJSON(fromJSON('{}'))", "{}")]
    [InlineData("toJSON(fromJSON('[1,[2]]'))", "[\n  1,\n  [\n    2\n  ]\n]")]
    [InlineData("toJSON(fromJSON('{\"b\":1,\"a\":{\"c\":[]}}'))", "{\n  \"b\": 1,\n  \"a\": {\n    \"c\": []\n  }\n}")]
    [InlineData("toJson(fruits.*.quantity)", "[\n  1,\n  2,\n  1\n]")]
    [InlineData("tojson(matrix)", "{\n  \"os\": \"linux\",\n  \"version\": 10,\n  \"flag\": true\n}")]
    public void ToJson_is_indented_by_two(string text, string value) => Assert.Equal(value, Given.Value(text).ToText());

    [Theory]
    [InlineData("fromJSON('1')", "1")]
    [InlineData("fromJSON(' 1e3 ')", "1000")]
    [InlineData("fromJSON('\"a\"')", "\"a\"")]
    [InlineData("fromJSON('null')", "null")]
    [InlineData("fromJSON('true')", "true")]
    [InlineData("fromJSON(true)", "true")]
    [InlineData("fromJSON(12)", "12")]
    [InlineData("fromJSON('[0,1]')[1]", "1")]
    [InlineData("fromJSON(toJSON(matrix)).version", "10")]
    [InlineData("fromJSON('{\"include\":[{\"project\":\"foo\"}]}').include[0].project", "\"foo\"")]
    public void FromJson_reads_any_value(string text, string json) => Assert.Equal(json, Given.Value(text).ToString());

    [Theory]
    [InlineData("fromJSON('')")]
    [InlineData("fromJSON(null)")]
    [InlineData("fromJSON('{')")]
    [InlineData("fromJSON('{\"a\":1,}')")]
    [InlineData("fromJSON('[1] x')")]
    [InlineData("fromJSON('hello')")]
    [InlineData("fromJSON('True')")]
    [InlineData("fromJSON(fromJSON('[]'))")]
    [InlineData("fromJSON('\"\\ud800\"')")]
    public void What_is_no_json_is_a_fault(string text)
    {
        var fault = Given.Fault(text);
        Assert.Equal(ExpressionFault.Evaluation, fault.Fault);
        Assert.Contains("fromJSON is given", fault.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("case(github.ref == 'refs/heads/main', 'production', 'development')", "production")]
    [InlineData("case(false, 'a', true, 'b', 'c')", "b")]
    [InlineData("case(false, 'a', false, 'b', 'c')", "c")]
    [InlineData("case(true, 'a', fromJSON('broken'), 'b', 'c')", "a")]
    [InlineData("case(false, fromJSON('broken'), 'c')", "c")]
    public void Case_gives_the_value_of_the_first_condition_that_holds(string text, string value)
        => Assert.Equal(value, Given.Value(text).ToText());

    [Theory]
    [InlineData("case('true', 1, 2)", "condition 1 of case() is neither true nor false")]
    [InlineData("case(false, 1, 1, 2, 3)", "condition 2 of case() is neither true nor false")]
    public void A_condition_of_case_is_true_or_false(string text, string what) => Assert.Equal(what, Given.Fault(text).What);

    [Fact]
    public void HashFiles_is_told_the_patterns_as_texts()
    {
        var asked = new List<string>();
        var context = ExpressionContext.Empty with
        {
            HashFiles = patterns =>
            {
                asked.AddRange(patterns);
                return "abc";
            },
        };
        Assert.Equal("k-abc", Given.Value("format('k-{0}', hashFiles('**/package-lock.json', 12, '!x'))", context).ToText());
        Assert.Equal(["**/package-lock.json", "12", "!x"], asked);
    }

    [Fact]
    public void What_hashFiles_refuses_is_a_fault()
    {
        var context = ExpressionContext.Empty with { HashFiles = _ => throw new FormatException("the pattern leads out of the checkout") };
        var fault = Given.Fault("hashFiles('../x')", context);
        Assert.Equal("hashFiles: the pattern leads out of the checkout", fault.What);
    }

    [Theory]
    [InlineData(true, false, false, "true", "false", "false")]
    [InlineData(false, true, false, "false", "true", "false")]
    [InlineData(false, false, true, "false", "false", "true")]
    [InlineData(false, false, false, "false", "false", "false")]
    public void Status_functions_say_how_things_went(bool good, bool failed, bool cancelled, string success, string failure, string cancel)
    {
        var context = ExpressionContext.Empty with { Status = new(good, failed, cancelled) };
        Assert.Equal(success, Given.Value("success()", context).ToText());
        Assert.Equal(failure, Given.Value("Failure()", context).ToText());
        Assert.Equal(cancel, Given.Value("cancelled()", context).ToText());
        Assert.Equal("true", Given.Value("always()", context).ToText());
    }

    [Fact]
    public void Status_functions_of_a_job_can_be_asked_of_those_it_needs()
    {
        var context = ExpressionContext.Empty with
        {
            StatusOf = job => job switch { "good" => new(true, false, false), "bad" => new(false, true, false), _ => null },
        };
        Assert.Equal("true", Given.Value("success('good')", context).ToText());
        Assert.Equal("false", Given.Value("success('good', 'bad')", context).ToText());
        Assert.Equal("true", Given.Value("failure('good', 'bad')", context).ToText());
        Assert.Equal("false", Given.Value("failure('good')", context).ToText());
        Assert.Contains("no job other is needed", Given.Fault("failure('other')", context).What, StringComparison.Ordinal);
    }
}
