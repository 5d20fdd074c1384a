using Fairway.Configuration;
using Fairway.Pipelines.Declarations;

namespace Fairway.Pipelines;

/// <summary>The JSON Schema of pipelines, and the manual's reference, made from the declarations that read them.</summary>
public static class PipelineSchema
{
    /// <summary>Of <c>.fairway/pipeline.yaml</c>, as indented JSON.</summary>
    public static string Write() => JsonSchema.Write(PipelineDeclaration.Root.Declaration, "urn:fairway:pipeline", ".fairway/pipeline.yaml");

    /// <summary>Every record with its fields, as Markdown.</summary>
    public static string Fields() => ConfigurationReference.Fields(JsonSchema.Declarations(PipelineDeclaration.Root.Declaration));
}
