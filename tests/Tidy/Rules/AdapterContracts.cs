using System.Text.RegularExpressions;

namespace Fairway.Tidy.Rules;

/// <summary>What is asked of every adapter's folder.</summary>
internal static class AdapterContracts
{
    /// <summary>Contracts are what make an adapter replaceable: each folder that knows a port meets at least one suite.</summary>
    public static IEnumerable<string> CheckContracts(IEnumerable<SourceFile> code)
    {
        var files = code.ToArray();
        var contracts = files.Where(f => f.IsUnder("tests/Contracts")).ToArray();
        return files.Where(f => f.IsUnder("src/Adapters") && f.Path.Split('/').Length > 3 && f.Code.Contains("using Fairway.Ports;", StringComparison.Ordinal))
            .Select(f => f.Path.Split('/')[2]).Distinct(StringComparer.Ordinal)
            .Where(folder => !contracts.Any(c => Regex.IsMatch(c.Code, $@"\bFairway\.Adapters\.{folder}\b")))
            .Select(folder => $"src/Adapters/{folder} meets no suite in tests/Contracts");
    }
}
