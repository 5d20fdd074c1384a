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
            return Image(node) is { } only
                ? job with { Sandbox = job.Sandbox with { Image = only } } : job;
        if (form.Mapping(node, "container", "image", "credentials", "env", "ports", "volumes", "options") is not { } mapping) return job;
        NotHere(mapping, "container", "credentials", "volumes");
        if (mapping.Find("ports") is { } ports) form.NoEffect(ports.Key.At, "ports of container have no effect: nothing outside of the job reaches it");
        if (form.Required(mapping, "image", "container", node.At) is not { } image) return job;
        if (mapping.Find("env") is { } env) job = job with { Env = form.Templates(env.Value, ExpressionScopes.JobContainerEnv,
            "env").SetItems(job.Env) };
        // An image that an expression leaves empty is none.
        job = job with { Sandbox = job.Sandbox with { Image = Image(image) } };
        if (mapping.Find("options") is not { } options || form.Text(options.Value, "options") is not { } written) return job;
        var read = new ContainerOptions(form, options.Value.At, "a container").Read(written);
        return job with
        {
            Sandbox = job.Sandbox with
            {
                Container = read.Settings, MemoryBytes = read.MemoryBytes ?? job.Sandbox.MemoryBytes, Cpus = read.Cpus ?? job.Sandbox.Cpus,
                Processes = read.Processes ?? job.Sandbox.Processes,
            },
            Env = read.Env.SetItems(job.Env),
        };
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
            return service with { Image = Image(entry.Value) };
        if (form.Mapping(entry.Value, $"the service {entry.Name}", "image", "credentials", "env", "ports", "volumes", "options", "command",
            "entrypoint") is not { } mapping) return null;
        NotHere(mapping, $"the service {entry.Name}", "credentials", "volumes", "entrypoint");
        if (form.Required(mapping, "image", $"the service {entry.Name}", entry.Key.At) is not { } image) return null;
        service = service with { Image = Image(image) };
        if (mapping.Find("env") is { } env) service = service with { Env = form.Templates(env.Value, ExpressionScopes.JobContainerEnv,
            "env") };
        if (mapping.Find("ports") is { } ports) service = service with { Ports = [.. form.Texts(ports.Value, "ports").Select(port
            => Port(port.Text, port.Node)).OfType<int>()] };
        if (mapping.Find("command") is { } command && form.Text(command.Value, "command")
            is { } words) service = service with { Command = [.. ShellWords.Split(words)] };
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

    private JobService Options(JobService service, string text, SourcePosition at)
    {
        var read = new ContainerOptions(form, at, "a service").Read(text);
        return service with
        {
            Container = read.Settings, MemoryBytes = read.MemoryBytes, Ready = read.Health.IsEmpty ? service.Ready : read.Health, Env = read.Env.SetItems(service.Env),
        };
    }

    private string? Image(ConfigurationNode node)
    {
        if (form.Template(node, ExpressionScopes.JobContainer, "image") is not { } name) return null;
        if (!name.Contains("${{", StringComparison.Ordinal) && name.Length > 0 && ImageReference.Problem(name) is { } problem)
            form.Diagnostics.Error(DiagnosticCodes.BadValue, node.At, $"\"{name}\" {problem}", "an image such as node:22");
        return name.Length == 0 ? null : name;
    }

    private void NotHere(MappingNode mapping, string what, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (mapping.Find(name) is { } entry) form.NotSupported(entry.Key.At, $"{name} of {what}", null);
    }
}
