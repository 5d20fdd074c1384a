namespace Fairway.Tidy.Rules;

/// <summary>What is asked of every adapter's folder.</summary>
internal static class AdapterContracts
{
    /// <summary>Contracts are what make an adapter replaceable: each folder that knows a port meets at least one suite.</summary>
    public static IEnumerable<string> CheckContracts(IEnumerable<SourceFile> code)
    {
        var files = code.ToArray();
        var contracts = files.Where(f => f.IsUnder("tests/Contracts")).ToArray();
        return files.Where(f => f.IsUnder("src/Adapters")).Select(f => f.Path.Split('/')).Where(p => p.Length > 3).Select(p => p[2]).Distinct(StringComparer.Ordinal)
            .Where(folder => files.Any(f => f.IsUnder($"src/Adapters/{folder}") && f.Code.Contains("Fairway.Ports", StringComparison.Ordinal)))
            .Where(folder => !contracts.Any(c => c.Code.Contains($"Fairway.Adapters.{folder};", StringComparison.Ordinal) || c.Code.Contains($"Fairway.Adapters.{folder}.", StringComparison.Ordinal)))
            .Select(folder => $"src/Adapters/{folder} meets no suite in tests/Contracts");
    }
}
