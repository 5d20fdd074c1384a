using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fairway.Configuration;

/// <summary>A folder for each case: what is written, and the model or the mistakes that come of it.</summary>
public sealed class CorpusTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Cases => [.. Given.Cases];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_gives_the_model_and_the_mistakes_that_its_case_expects(string name)
    {
        var loaded = Given.Loaded(name);
        var mistakes = (DiagnosticText.Write(loaded.Diagnostics, colour: false) + DiagnosticText.Summary(loaded.Diagnostics))
            .Replace(Given.Case(name) + "/", "", StringComparison.Ordinal);
        Expect(name, "diagnostics.txt", mistakes);
        Expect(name, "model.json", loaded.Configuration?.ToJson().ToJsonString(Indented) ?? "");
        Assert.Equal(loaded.Configuration is null, loaded.Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_secret_is_shown_and_every_place_is_in_its_file(string name)
    {
        var loaded = Given.Loaded(name);
        Assert.DoesNotContain("never-shown", DiagnosticText.Write(loaded.Diagnostics, colour: true), StringComparison.Ordinal);
        Assert.DoesNotContain("AKIAIOSFODNN7EXAMPLE", DiagnosticText.Write(loaded.Diagnostics, colour: true), StringComparison.Ordinal);
        Assert.All(loaded.Diagnostics, diagnostic => Places.AreInside(diagnostic));
    }

    [Fact]
    public void Every_kind_of_mistake_is_shown_by_a_case()
    {
        var shown = Given.Cases.SelectMany(name => Given.Loaded(name).Diagnostics).Select(diagnostic => diagnostic.Code).ToHashSet();
        shown.Add(DiagnosticCodes.TooLarge);
        Assert.Empty(DiagnosticCodes.All.Except(shown).Select(code => code.Id));
    }

    [Fact]
    public void Every_kind_of_mistake_has_an_id_of_its_own()
        => Assert.Equal(DiagnosticCodes.All.Length, DiagnosticCodes.All.Select(code => code.Id).Distinct(StringComparer.Ordinal).Count());

    /// <summary>An empty expectation has no file.</summary>
    private static void Expect(string name, string file, string actual)
    {
        var path = Path.Combine(Given.Case(name), file);
        if (actual.Length > 0) Given.Expect(path, actual + "\n");
        else
        {
            if (Given.Updating) File.Delete(path);
            Assert.False(File.Exists(path), $"{path} is expected, but there is nothing");
        }
    }
}
