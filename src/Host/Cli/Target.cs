using System.CommandLine;
using System.CommandLine.Completions;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli;

/// <summary>The options and arguments that most verbs share, and what they mean.</summary>
internal sealed class Target
{
    private readonly CliContext _context;

    public Target(CliContext context)
    {
        _context = context;
        Service = new("SERVICE") { Description = "A service, such as shop or production/shop." };
        Service.CompletionSources.Add(Complete);
        OptionalService = new("SERVICE") { Description = "A service, such as shop or production/shop. By default the only one.", Arity = ArgumentArity.ZeroOrOne };
        OptionalService.CompletionSources.Add(Complete);
    }

    public Option<string?> Data { get; } = new("--data") { Description = "Data folder of the control plane. By default .fairway beside fairway.yaml.", HelpName = "DIR" };

    public Option<string?> Environment { get; } = new("--env", "-e", "--environment") { Description = "Environment. By default the only one that has the service.", HelpName = "ENV" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print the answer as JSON." };

    public Argument<string> Service { get; }

    public Argument<string?> OptionalService { get; }

    public FairwayClient Connect(ParseResult parsed) => _context.Connect(DataFolder.Resolve(parsed.GetValue(Data), _context.Folder));

    /// <summary>The service that was named, looked up among those there are.</summary>
    /// <exception cref="FairwayException">None of that name, or more than one.</exception>
    public static async Task<ServiceSummary> FindAsync(FairwayClient client, string? named, string? environment, CancellationToken cancellation)
    {
        var (env, name) = named?.Split('/') is [var e, var s] ? (e, s) : (environment, named);
        var all = await client.GetServicesAsync(cancellation);
        var fitting = all.Where(s => (name is null || s.Service == name) && (env is null || s.Environment == env)).ToArray();
        if (fitting.Length == 1) return fitting[0];
        var known = all.Count == 0 ? "none is configured" : $"there {(all.Count == 1 ? "is" : "are")} {string.Join(", ", all.Select(Of))}";
        if (fitting.Length == 0)
            throw new FairwayException("no-service", $"there is no service {(env is null ? name : $"{env}/{name}")}", $"{known}; services are configured in fairway.yaml", 404);
        throw new FairwayException("which-service", $"which service: {string.Join(" or ", fitting.Select(Of))}?", "name one, such as " + Of(fitting[0]), 400);
    }

    private static string Of(ServiceSummary service) => $"{service.Environment}/{service.Service}";

    private IEnumerable<CompletionItem> Complete(CompletionContext completion)
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), _context.Time);
            using var client = _context.Connect(DataFolder.Resolve(completion.ParseResult.GetValue(Data), _context.Folder));
            var services = Task.Run(() => client.GetServicesAsync(limit.Token), limit.Token).GetAwaiter().GetResult();
            return services.Select(s => new CompletionItem(s.Service)).DistinctBy(c => c.Label, StringComparer.Ordinal).ToArray();
        }
        catch (Exception e) when (e is FairwayException or OperationCanceledException or IOException)
        {
            // Pressing Tab must never print an error.
            return [];
        }
    }
}
