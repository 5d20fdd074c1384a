namespace Fairway.Configuration;

/// <summary>The manual says what the declarations say. <c>FAIRWAY_UPDATE=1</c> rewrites its generated parts.</summary>
public sealed class ManualTests
{
    private static string Page => Path.Combine(Given.Root, "docs", "manual", "configuration.md");

    [Fact]
    public void The_reference_of_fields_is_in_step() => InStep("fields", ConfigurationReference.Fields());

    [Fact]
    public void The_reference_of_mistakes_is_in_step() => InStep("codes", ConfigurationReference.Codes());

    [Fact]
    public void The_examples_of_the_manual_are_valid()
    {
        var examples = File.ReadAllText(Page).Split("```yaml\n").Skip(1)
            .Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]).ToArray();
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Empty(Given.Text(example).Diagnostics.Select(diagnostic => diagnostic.ToString())));
    }

    private static void InStep(string part, string expected)
    {
        var (begin, end) = ($"<!-- generated: {part} -->\n", $"<!-- end: {part} -->");
        var text = File.ReadAllText(Page);
        var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal) + begin.Length, text.IndexOf(end, StringComparison.Ordinal));
        Assert.True(from >= begin.Length && to >= from, $"{Page} has no part {part}");
        if (Given.Updating) File.WriteAllText(Page, text[..from] + expected + text[to..]);
        else Assert.Equal(expected, text[from..to]);
    }
}
