using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Policy;

/// <summary>What policies are asked about: values for <see cref="PolicyVariables"/>.</summary>
public sealed record PolicyInput
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    private PolicyInput(string environment, string service, CelBindings variables, JsonObject json)
        => (Environment, Service, Variables, Json) = (environment, service, variables, json);

    /// <summary>The environment's name.</summary>
    public string Environment { get; }

    /// <summary>The service's name.</summary>
    public string Service { get; }

    /// <summary>The variables' values.</summary>
    public CelBindings Variables { get; }

    /// <summary>The same as JSON, as it is kept as evidence.</summary>
    public JsonObject Json { get; }

    /// <summary>
    /// Reads an input: an object with a member for each variable that is known, each an object with the fields that are known. <c>now</c> is an instant;
    /// <c>environment.name</c> and <c>service.name</c> must be there, for they say which rules apply.
    /// </summary>
    /// <returns>The input, or what is wrong with it and where.</returns>
    public static (PolicyInput? Input, string? Problem) Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) return (null, "the input is no object");
        var bindings = CelBindings.Empty;
        foreach (var (name, element) in CelValue.Members(json))
        {
            if (!PolicyVariables.Declarations.Variables.TryGetValue(name, out var variable))
            {
                var near = NearestName.Of(name, PolicyVariables.Declarations.Variables.Keys);
                return (null, $"{name} is no variable of policies" + (near is null ? $"; they are {string.Join(", ", PolicyVariables.Declarations.Variables.Keys)}" : $"; did you mean {near}?"));
            }
            if (element.ValueKind == JsonValueKind.Null) continue;
            var value = new CelJsonReader(PolicyVariables.Declarations).Read(element, variable.Type, name);
            if (value is CelError error) return (null, error.Message);
            bindings = bindings.With(name, value);
        }
        // Of what nobody said anything every field is unknown: has() asks for each.
        foreach (var (variable, record) in PolicyVariables.All)
            if (record is not null && bindings.Find(variable.Name) is null)
                bindings = bindings.With(variable.Name, new CelJsonReader(PolicyVariables.Declarations).Read(Nothing, variable.Type, variable.Name));
        if (Name(bindings, "environment") is not { } environment) return (null, "environment.name is missing: it says which rules apply");
        if (Name(bindings, "service") is not { } service) return (null, "service.name is missing: it says which rules apply");
        return (new(environment, service, bindings, JsonObject.Create(json.Clone())!), null);
    }

    private static string? Name(CelBindings bindings, string variable)
        => (bindings.Find(variable) as CelRecord)?.Find("name") is CelString { Value: { Length: > 0 } name } ? name : null;
}
