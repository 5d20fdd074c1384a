using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Configuration;

/// <summary>Whatever is done to a valid file, reading it ends, with places inside the file.</summary>
public sealed class MutationTests
{
    private static readonly string[] Pieces =
        ["\t", "\n", " ", ":", "-", "*", "&a ", "{", "}", "[", "]", "\"", "'", "#", "|", ">", "%", "@", "`", "!", "!!str ", "<<: *a", "? ",
            "---\n", "...\n", "${", "${X}", "$${", "é", "🦊",
            "\u2028", "\ufeff", "\r\n", "null", "~", "1e3", "services:", "  shop:\n", "0", "\\", ",", "\u0085", "\u0001"];

    private static Gen<Func<string, string>> Edit => Gen.OneOf(
        from at in Gen.Choose(0,
            int.MaxValue) from piece in Gen.Elements(Pieces) select (Func<string, string>)(text => text.Insert(at % (text.Length + 1),
            piece)),
        from at in Gen.Choose(0, int.MaxValue) from length in Gen.Choose(1, 20) select (Func<string, string>)(text => Cut(text, at,
            length)),
        from at in Gen.Choose(0, int.MaxValue) from to in Gen.Choose(0, int.MaxValue) from length in Gen.Choose(1,
            40) select (Func<string, string>)(text => Copy(text, at, to, length)),
        from at in Gen.Choose(0, int.MaxValue) select (Func<string, string>)(text => text[..(at % (text.Length + 1))]));

    [Theory]
    [InlineData("every-field")]
    [InlineData("environments")]
    [InlineData("anchors")]
    [InlineData("interpolation")]
    public void A_file_that_is_changed_at_random_is_read_to_an_end(string name)
    {
        var original = File.ReadAllText(Path.Combine(Given.Case(name), "fairway.yaml"));
        var changed = Edit.ListOf(4).Select(edits => edits.Aggregate(original, (text, edit) => edit(text)));
        Prop.ForAll(changed.ToArbitrary(), text => Check(Encoding.UTF8.GetBytes(text))).Check(Given.Runs(250));
    }

    [Fact]
    public void Bytes_that_are_changed_at_random_are_read_to_an_end()
    {
        var original = File.ReadAllBytes(Path.Combine(Given.Case("every-field"), "fairway.yaml"));
        Prop.ForAll(Gen.Choose(0, int.MaxValue).Two().ListOf(3).ToArbitrary(), changes =>
        {
            var bytes = original.ToArray();
            foreach (var (at, value) in changes) bytes[at % bytes.Length] = (byte)value;
            Check(bytes);
        }).Check(Given.Runs(250));
    }

    private static void Check(byte[] content)
    {
        var loaded = Adapters.Yaml.YamlConfiguration.Parse(content, "fairway.yaml", Given.Variable);
        Assert.Equal(loaded.Configuration is null, loaded.Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        foreach (var diagnostic in loaded.Diagnostics) Places.AreInside(diagnostic);
        _ = DiagnosticText.Write(loaded.Diagnostics, colour: true);
    }

    private static string Cut(string text, int at, int length)
    {
        var start = at % (text.Length + 1);
        return text.Remove(start, Math.Min(length, text.Length - start));
    }

    private static string Copy(string text, int at, int to, int length)
    {
        var start = at % (text.Length + 1);
        return text.Insert(to % (text.Length + 1), text.Substring(start, Math.Min(length, text.Length - start)));
    }
}
