using System.Text.Json;

namespace Fairway.Pipelines.Expressions;

/// <summary>Contexts and ways to evaluate.</summary>
internal static class Given
{
    public const string Contexts = """
        {
          "github": {
            "ref": "refs/heads/main", "event_name": "push", "run_number": 7, "actor": "Mona", "empty": "", "nothing": null,
            "event": {
              "issue": { "labels": [ { "name": "bug" }, { "name": "help wanted" }, { "title": "no name" } ] },
              "commits": [ { "author": { "name": "a" }, "added": ["x", "y"] }, { "author": { "name": "b" }, "added": ["z"] } ],
              "inputs": { "dry-run": "true" }
            }
          },
          "fruits": [ { "name": "apple", "quantity": 1 }, { "name": "orange", "quantity": 2 }, { "name": "pear", "quantity": 1 } ],
          "vegetables": {
            "scallions": { "colors": ["green", "white", "red"], "ediblePortions": ["roots", "stalks"] },
            "beets": { "colors": ["purple", "red"], "ediblePortions": ["roots", "stems", "leaves"] },
            "artichokes": { "colors": ["green"], "ediblePortions": ["hearts", "stems", "leaves"] }
          },
          "list": ["zero", "one", "two"],
          "steps": { "build": { "outputs": { "count": "3", "with-dash": "d" }, "outcome": "success", "conclusion": "success" } },
          "matrix": { "os": "linux", "version": 10, "flag": true }
        }
        """;

    public static ExpressionContext Context { get; } = ContextOf(Contexts);

    public static ExpressionContext ContextOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        var context = ExpressionContext.Empty;
        foreach (var member in document.RootElement.EnumerateObject()) context = context.With(member.Name, ExpressionJson.Read(member.Value));
        return context;
    }

    public static ExpressionValue Object(params (string Name, ExpressionValue Value)[] members)
        => ExpressionValue.Of(members.Select(member => KeyValuePair.Create(member.Name, member.Value)));

    public static Expression Parsed(string text)
    {
        var (expression, issue) = Expression.Parse(text, ExpressionScope.Any);
        Assert.True(expression is not null, $"{text}: {issue}");
        return expression;
    }

    public static ExpressionValue Value(string text, ExpressionContext? context = null)
    {
        var (value, fault) = Parsed(text).Evaluate(context ?? Context);
        Assert.True(value is not null, $"{text}: {fault}");
        return value;
    }

    public static ExpressionIssue Fault(string text, ExpressionContext? context = null)
    {
        var (value, fault) = Parsed(text).Evaluate(context ?? Context);
        Assert.Null(value);
        return fault!;
    }
}
