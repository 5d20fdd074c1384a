using System.Globalization;
using Fairway.Configuration;
using Fairway.Pipelines.Expressions;
using NodaTime;

namespace Fairway.Pipelines.Workflows;

/// <summary>Reads <c>container</c> and <c>services</c>.</summary>
internal sealed class WorkflowContainers(WorkflowForm form)
{
    /// <summary>A job in a container: an image, or a mapping with one.</summary>
    public PipelineJob Container(PipelineJob job, ConfigurationNode node)
    {
        if (node is ScalarNode)
            return form.Template(node, ExpressionScopes.JobContainer, "container") is { Length: > 0 } only
                ? job with { Sandbox = job.Sandbox with { Image = only } } : job;
        if (form.Mapping(node, "container", "image", "credentials", "env", "ports", "volumes", "options") is not { } mapping) return job;
        NotHere(mapping, "container", "credentials", "ports", "volumes", "options");
        if (form.Required(mapping, "image", "container", node.At) is not { } image) return job;
        if (mapping.Find("env") is { } env) job = job with { Env = form.Templates(env.Value, ExpressionScopes.JobContainerEnv,
            "env").SetItems(job.Env) };
        return job with { Sandbox = job.Sandbox with { Image = form.Template(image, ExpressionScopes.JobContainer, "image") } };
    }

    /// <summary>Programs that run beside a job.</summary>
    public ImmutableArray<JobService> Services(ConfigurationNode node)
    {
        if (node.IsNull) return [];
        if (node is ScalarNode { Value: var text } && text.Contains("${{", StringComparison.Ordinal))
        {
            form.NotSupported(node.At, "services as one expression", "each service by its name");
            return [];
        }
        if (form.Mapping(node, "services") is not { } mapping) return [];
        return [.. mapping.Entries.Select(Service).OfType<JobService>()];
    }

    private JobService? Service(MappingEntry entry)
    {
        if (!ServiceNames.IsValid(entry.Name))
            form.Diagnostics.Error(DiagnosticCodes.BadName, entry.Key.At, $"\"{entry.Name}\" cannot name a service",
                "lower-case letters, digits and hyphens, at most 40", ServiceNames.Near(entry.Name));
        var service = new JobService { Name = entry.Name };
        if (entry.Value is ScalarNode && !entry.Value.IsNull)
            return service with { Image = form.Template(entry.Value, ExpressionScopes.JobContainer, entry.Name) };
        if (form.Mapping(entry.Value, $"the service {entry.Name}", "image", "credentials", "env", "ports", "volumes", "options", "command",
            "entrypoint") is not { } mapping) return null;
        NotHere(mapping, $"the service {entry.Name}", "credentials", "volumes", "entrypoint");
        if (form.Required(mapping, "image", $"the service {entry.Name}", entry.Key.At) is not { } image) return null;
        service = service with { Image = form.Template(image, ExpressionScopes.JobContainer, "image") };
        if (mapping.Find("env") is { } env) service = service with { Env = form.Templates(env.Value, ExpressionScopes.JobContainerEnv,
            "env") };
        if (mapping.Find("ports") is { } ports) service = service with { Ports = [.. form.Texts(ports.Value, "ports").Select(port
            => Port(port.Text, port.Node)).OfType<int>()] };
        if (mapping.Find("command") is { } command && form.Text(command.Value, "command")
            is { } words) service = service with { Command = [.. Words(words)] };
        if (mapping.Find("options") is { } options && form.Text(options.Value, "options")
            is { } written) service = Options(service, written, options.Value.At);
        return service;
    }

    private int? Port(string text, ScalarNode node)
    {
        if (text.Contains("${{", StringComparison.Ordinal))
        {
            form.NotSupported(node.At, "an expression for a port", "the number");
            return null;
        }
        var plain = text.EndsWith("/tcp", StringComparison.Ordinal) ? text[..^4] : text;
        var parts = plain.Split(':');
        if (parts.Length > 2 || !parts.All(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and < 65536))
        {
            form.Diagnostics.Error(DiagnosticCodes.BadValue, node.At, $"the port is \"{text}\"", "a port such as 5432 or 5432:5432");
            return null;
        }
        var ports = parts.Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        if (ports.Length == 2 && ports[0] != ports[1])
            form.NotSupported(node.At, $"another port outside ({ports[0]}) than inside ({ports[1]})",
                $"{ports[1]}:{ports[1]}: each job has a network of its own, so the number is free");
        return ports[^1];
    }

    /// <summary>Of podman's options only those that say when a service is ready have a meaning in the model.</summary>
    private JobService Options(JobService service, string text, SourcePosition at)
    {
        var words = Words(text).ToArray();
        for (var i = 0; i < words.Length; i++)
        {
            var equals = words[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? words[i] : words[i][..equals];
            string Value() => equals >= 0 ? words[i][(equals + 1)..] : i + 1 < words.Length ? words[++i] : "";
            switch (name)
            {
                case "--health-cmd":
                    service = service with { Ready = ["sh", "-c", Value()] };
                    break;
                case "--health-interval" or "--health-timeout" or "--health-retries" or "--health-start-period" or "--health-start-interval":
                    // How often and how long is the runner's own; it waits two minutes.
                    _ = Value();
                    break;
                case "--name" or "--hostname":
                    _ = Value();
                    form.NoEffect(at, $"{name} has no effect: a service has its name");
                    break;
                default:
                    form.NotSupported(at, $"the option {name} of a service", "--health-cmd, which says when it is ready");
                    return service;
            }
        }
        return service with { StartTimeout = Duration.FromMinutes(2) };
    }

    private void NotHere(MappingNode mapping, string what, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (mapping.Find(name) is { } entry) form.NotSupported(entry.Key.At, $"{name} of {what}", null);
    }

    /// <summary>Words as a shell splits them, without expansions.</summary>
    private static IEnumerable<string> Words(string text)
    {
        var word = new System.Text.StringBuilder();
        var (quote, open) = ('\0', false);
        foreach (var letter in text)
        {
            if (quote != '\0')
            {
                if (letter == quote) quote = '\0';
                else word.Append(letter);
            }
            else if (letter is '"' or '\'') (quote, open) = (letter, true);
            else if (!char.IsWhiteSpace(letter)) word.Append(letter);
            else if (word.Length > 0 || open)
            {
                yield return word.ToString();
                (_, open) = (word.Clear(), false);
            }
        }
        if (word.Length > 0 || open) yield return word.ToString();
    }
}
